import assert from 'node:assert/strict';
import test from 'node:test';
import { ConnectionError, errorCodes } from './errors.js';
import { HpackDecoder } from './hpack-decoder.js';
import { encodeHeaders } from './hpack-encoder.js';
import { huffmanDecode } from './huffman.js';
import { headerListBytesMax } from './limits.js';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const decode = (decoder: HpackDecoder, block: Buffer) => decoder.decode(block)?.map(({ name, value }) => `${name}: ${value}`);

/** RFC 7541 appendix C.3 and C.4: three requests on one connection, plain and Huffman-coded. */
const requests = [
  {
    plain: '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
    huffman: '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
    list: [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  },
  {
    plain: '8286 84be 5808 6e6f 2d63 6163 6865',
    huffman: '8286 84be 5886 a8eb 1064 9cbf',
    list: [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  },
  {
    plain: '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    huffman: '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    list: [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
  },
] as const;

test('the examples of RFC 7541, plain and Huffman-coded', () => {
  for (const coding of ['plain', 'huffman'] as const) {
    const decoder = new HpackDecoder();
    for (const request of requests) assert.deepEqual(decode(decoder, hex(request[coding])), request.list);
  }
});

test('every byte has its Huffman code', () => {
  // Codes of RFC 7541 appendix B that stand for each length there is, as bits.
  const codes: [string, number][] = [
    ['00000', 0x30],
    ['010100', 0x20],
    ['1011100', 0x3a],
    ['11111000', 0x26],
    ['1111111000', 0x21],
    ['11111111010', 0x27],
    ['111111111010', 0x23],
    ['1111111111000', 0x00],
    ['11111111111100', 0x5e],
    ['111111111111100', 0x3c],
    ['1111111111111110000', 0x5c],
    ['11111111111111100110', 0x80],
    ['111111111111111011100', 0x99],
    ['1111111111111111010010', 0x81],
    ['11111111111111111011000', 0x01],
    ['111111111111111111101010', 0x09],
    ['1111111111111111111101100', 0xc7],
    ['11111111111111111111100000', 0xc0],
    ['111111111111111111111011110', 0xcb],
    ['1111111111111111111111100010', 0x02],
    ['111111111111111111111111111100', 0x0a],
    ['111111111111111111111111111110', 0x16],
  ];
  for (const [bits, byte] of codes) {
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    const bytes = Buffer.from(padded.match(/.{8}/g)!.map((octet) => Number.parseInt(octet, 2)));
    assert.deepEqual(huffmanDecode(bytes), Buffer.of(byte), bits);
  }
});

test('a Huffman code that no encoder makes is refused', () => {
  const cases = {
    'end of string': 'ffffffff',
    'padding of zeros': '1800',
    'padding of eight bits': '1fff',
    'a byte of padding': 'ff',
  };
  for (const [what, bytes] of Object.entries(cases)) assert.equal(huffmanDecode(hex(bytes)), undefined, what);
  assert.deepEqual(huffmanDecode(hex('1f')), Buffer.from('a'));
});

test('the table forgets the oldest entries', () => {
  const decoder = new HpackDecoder();
  const add = (value: string) => Buffer.concat([hex('40 01 61'), Buffer.of(value.length), Buffer.from(value)]);
  decode(decoder, hex('3f 45')); // a table of 100 bytes: two entries of 1 + 2 + 32
  assert.deepEqual(decode(decoder, Buffer.concat([add('v1'), add('v2'), add('v3')])), ['a: v1', 'a: v2', 'a: v3']);
  assert.deepEqual(decode(decoder, hex('be bf')), ['a: v3', 'a: v2']);
  assert.throws(() => decode(decoder, hex('c0')), ConnectionError);
  decode(decoder, Buffer.concat([add('x'.repeat(80))])); // larger than the table: empties it (§4.4)
  assert.throws(() => decode(decoder, hex('be')), ConnectionError);
});

test('thousands of entries pass through the table', () => {
  const decoder = new HpackDecoder();
  for (let i = 0; i < 5_000; i++) {
    const value = String(i);
    decode(decoder, Buffer.concat([hex('40 01 61'), Buffer.of(value.length), Buffer.from(value)]));
    if (i >= 100) assert.deepEqual(decode(decoder, hex('be ff 00')), [`a: ${i}`, `a: ${i - 65}`], 'index 62 and 127');
  }
});

test('malformed blocks end the connection', () => {
  const cases = {
    'index 0': '80',
    'an index beyond the table': 'be',
    'a huge index': 'ff ff ff ff ff ff 0f',
    'a literal without its name': '40',
    'a literal cut off': '40 05 61 62',
    'a value beyond the end': '00 01 61 7f ff 01 61',
    'a table larger than allowed': '3f e2 1f',
    'a change of the table within the block': '82 20',
    'a name by an index that is not there': '7f 80 01 01 61',
    'broken Huffman code': '00 81 ff 00',
  };
  for (const [what, block] of Object.entries(cases)) {
    assert.throws(
      () => new HpackDecoder().decode(hex(block)),
      { name: 'ConnectionError', code: errorCodes.compressionError },
      what,
    );
  }
});

test('a small block does not become a large list', () => {
  const decoder = new HpackDecoder();
  const value = 'x'.repeat(4_000);
  decoder.decode(Buffer.concat([hex('40 01 61 7f a1 1e'), Buffer.from(value)]));
  assert.equal(decoder.decode(Buffer.alloc(16 * 1024, 0xbe)), undefined, 'a bomb');
  assert.equal(decoder.decode(Buffer.alloc(Math.floor(headerListBytesMax / 4_033), 0xbe))?.length, 16, 'the table is intact');
});

test('names and values that HTTP forbids are marked', () => {
  const cases: [string, string, boolean][] = [
    ['x-ok', 'any value; "quoted" é', true],
    ['x-empty', '', true],
    ['X-Upper', 'a', false],
    ['', 'a', false],
    ['x y', 'a', false],
    ['a', 'line\nbreak', false],
    ['a', 'nul\0', false],
    ['a', ' space', false],
    ['a', 'tab\t', false],
  ];
  for (const [name, value, wellFormed] of cases) {
    assert.deepEqual(
      new HpackDecoder().decode(encodeHeaders([[name, value]]))?.map((h) => h.wellFormed),
      [wellFormed],
      `${name}: ${value}`,
    );
  }
});

test('what the encoder writes comes out of the decoder', () => {
  for (const length of [0, 1, 126, 127, 128, 254, 255, 300, 5_000]) {
    const list = [['x-name', 'v'.repeat(length)]] as const;
    assert.deepEqual(decode(new HpackDecoder(), encodeHeaders(list)), [`x-name: ${'v'.repeat(length)}`]);
  }
});
