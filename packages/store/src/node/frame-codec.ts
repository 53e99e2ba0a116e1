import type { ConfState, Message, NodeId } from '@flotilla/raft';
import { FrameReader, FrameWriter } from './frame-bytes.js';

type Body<Type extends Message['type']> = Omit<Extract<Message, { type: Type }>, 'type' | 'from' | 'to' | 'term'>;

interface Codec<Type extends Message['type']> {
  write(writer: FrameWriter, body: Body<Type>): void;
  read(reader: FrameReader): Body<Type>;
}

/**
 * A message is type u8, from u64, to u64, term f64, then what the type has, big endian. It tells its own end: a WebSocket
 * frame holds as many as were sent at once.
 */
export function encodeMessage(message: Message): Buffer {
  const writer = new FrameWriter();
  writer.u8(types.indexOf(message.type));
  writer.id(message.from);
  writer.id(message.to);
  writer.number(message.term);
  const codec = codecs[message.type] as Codec<Message['type']>; // the table's type pairs them
  codec.write(writer, message);
  return writer.finish();
}

/** @throws RangeError on bytes that are not a run of what `encodeMessage` made */
export function decodeMessages(bytes: Buffer): Message[] {
  const reader = new FrameReader(bytes);
  const messages: Message[] = [];
  while (!reader.finished) messages.push(decodeMessage(reader));
  return messages;
}

function decodeMessage(reader: FrameReader): Message {
  const type = types[reader.u8()];
  if (type === undefined) throw new RangeError('frame: unknown message type');
  const [from, to, term] = [reader.id(), reader.id(), reader.number()];
  const body = codecs[type].read(reader);
  return { type, from, to, term, ...body } as Message; // the table's type pairs type and body
}

const none = { write() {}, read: () => ({}) };

const codecs: { readonly [Type in Message['type']]: Codec<Type> } = {
  append: {
    write(writer, { prevIndex, prevTerm, commit, entries }) {
      writer.number(prevIndex);
      writer.number(prevTerm);
      writer.number(commit);
      writer.number(entries.length);
      for (const entry of entries) {
        writer.u8(entry.type === 'normal' ? 0 : 1);
        writer.number(entry.term);
        writer.bytes(entry.data);
      }
    },
    read(reader) {
      const [prevIndex, prevTerm, commit, count] = [reader.number(), reader.number(), reader.number(), reader.number()];
      const entries = [];
      for (let i = 1; i <= count; i++) {
        const type = reader.u8() === 0 ? ('normal' as const) : ('conf-change' as const);
        entries.push({ type, index: prevIndex + i, term: reader.number(), data: reader.bytes() });
      }
      return { prevIndex, prevTerm, commit, entries };
    },
  },
  'append-response': {
    write(writer, { index, reject, hintIndex, hintTerm, lost }) {
      writer.number(index);
      writer.flag(reject);
      writer.number(hintIndex);
      writer.number(hintTerm);
      writer.flag(lost);
    },
    read: (reader) => ({
      index: reader.number(),
      reject: reader.flag(),
      hintIndex: reader.number(),
      hintTerm: reader.number(),
      lost: reader.flag(),
    }),
  },
  commit: {
    write(writer, { index, indexTerm }) {
      writer.number(index);
      writer.number(indexTerm);
    },
    read: (reader) => ({ index: reader.number(), indexTerm: reader.number() }),
  },
  vote: {
    write(writer, { preVote, lastIndex, lastTerm, transfer }) {
      writer.flag(preVote);
      writer.number(lastIndex);
      writer.number(lastTerm);
      writer.flag(transfer);
    },
    read: (reader) => ({
      preVote: reader.flag(),
      lastIndex: reader.number(),
      lastTerm: reader.number(),
      transfer: reader.flag(),
    }),
  },
  'vote-response': {
    write(writer, { preVote, reject }) {
      writer.flag(preVote);
      writer.flag(reject);
    },
    read: (reader) => ({ preVote: reader.flag(), reject: reader.flag() }),
  },
  heartbeat: {
    write(writer, { commit, readRound }) {
      writer.number(commit);
      writer.number(readRound);
    },
    read: (reader) => ({ commit: reader.number(), readRound: reader.number() }),
  },
  'heartbeat-response': {
    write: (writer, { readRound }) => writer.number(readRound),
    read: (reader) => ({ readRound: reader.number() }),
  },
  snapshot: {
    write(writer, { snapshot }) {
      writer.number(snapshot.index);
      writer.number(snapshot.term);
      writeConf(writer, snapshot.conf);
    },
    read: (reader) => ({ snapshot: { index: reader.number(), term: reader.number(), conf: readConf(reader) } }),
  },
  'timeout-now': none,
  'transfer-leader': {
    write: (writer, { target }) => writer.id(target),
    read: (reader) => ({ target: reader.id() }),
  },
  propose: {
    write(writer, { entryType, data }) {
      writer.u8(entryType === 'normal' ? 0 : 1);
      writer.bytes(data);
    },
    read: (reader) => ({ entryType: reader.u8() === 0 ? 'normal' : 'conf-change', data: reader.bytes() }),
  },
  'read-index': {
    write: (writer, { context }) => writer.number(context),
    read: (reader) => ({ context: reader.number() }),
  },
  'read-index-response': {
    write(writer, { context, index }) {
      writer.number(context);
      writer.number(index);
    },
    read: (reader) => ({ context: reader.number(), index: reader.number() }),
  },
};

const types = Object.keys(codecs) as Message['type'][]; // the table has every type and nothing else

function writeConf(writer: FrameWriter, conf: ConfState): void {
  for (const ids of [conf.voters, conf.votersOutgoing, conf.learners, conf.learnersNext]) {
    writer.number(ids.length);
    for (const id of ids) writer.id(id);
  }
}

function readConf(reader: FrameReader): ConfState {
  const ids = (): NodeId[] => Array.from({ length: reader.number() }, () => reader.id());
  return { voters: ids(), votersOutgoing: ids(), learners: ids(), learnersNext: ids() };
}
