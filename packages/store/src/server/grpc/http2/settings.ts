import { ConnectionError, errorCodes } from './errors.js';
import { settingIds, windowBytesMax } from './frames.js';

/** The peer's settings that matter to a server that pushes nothing and keeps no header table. */
export interface PeerSettings {
  readonly initialWindowSize?: number;
  readonly maxFrameSize?: number;
}

/**
 * Reads the payload of a SETTINGS frame (RFC 9113 §6.5); the last of several values counts.
 * @throws ConnectionError on a value that the protocol forbids
 */
export function readSettings(payload: Buffer): PeerSettings {
  if (payload.length % 6 !== 0) throw new ConnectionError(errorCodes.frameSizeError, 'SETTINGS of a broken length');
  let settings: PeerSettings = {};
  for (let at = 0; at < payload.length; at += 6) {
    const value = payload.readUInt32BE(at + 2);
    settings = { ...settings, ...readSetting(payload.readUInt16BE(at), value) };
  }
  return settings;
}

function readSetting(id: number, value: number): PeerSettings {
  switch (id) {
    case settingIds.initialWindowSize:
      if (value > windowBytesMax) throw new ConnectionError(errorCodes.flowControlError, 'SETTINGS with too large a window');
      return { initialWindowSize: value };
    case settingIds.maxFrameSize:
      if (value < 16_384 || value > 16_777_215)
        throw new ConnectionError(errorCodes.protocolError, 'SETTINGS with a wrong frame size');
      return { maxFrameSize: value };
    case settingIds.enablePush:
      if (value > 1) throw new ConnectionError(errorCodes.protocolError, 'SETTINGS with neither push nor none');
      return {};
    default:
      return {};
  }
}
