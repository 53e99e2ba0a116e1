import type { Operation } from './call.js';
import { asOwnClient, awaitTurn, enter } from './contenders.js';
import { deleteRange } from './operations.js';
import { asBuffer, header } from './responses.js';
import { bytesField, idField } from './wire.js';

const noValue = new Uint8Array(0);

/** Answers when the lease holds the lock `name`, and does so at once when it holds it already. */
export const lock: Operation = asOwnClient(async (call, request) => {
  const contender = await enter(call, bytesField(request, 'name'), idField(request, 'lease'), noValue);
  const revision = await awaitTurn(call, contender, 'mutex: session is expired');
  return { header: header(call.service, revision), key: asBuffer(contender.key) };
});

/** Deletes the key that `lock` answered with, whoever asks. */
export const unlock: Operation = asOwnClient(async (call, request) => {
  const { header: head } = await deleteRange(call, { key: request['key'] });
  return { header: head };
});
