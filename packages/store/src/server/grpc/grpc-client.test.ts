import { etcdProtoFiles } from '@flotilla/store-client';
import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export type Message = Record<string, unknown>;

const definitions = loadSync(etcdProtoFiles, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });

/** An etcd client for tests that is as bare as gRPC allows: what is sent and what comes are messages. */
export class GrpcClient {
  readonly #client: Client;

  /** @param address host and port */
  constructor(address: string, security = credentials.createInsecure(), options: ClientOptions = {}) {
    this.#client = new Client(address, security, { 'grpc.max_receive_message_length': -1, ...options });
  }

  /** @param name `package.Service/Method` */
  call(name: string, request: Message): Promise<Message> {
    return this.cancellable(name, request).answer;
  }

  cancellable(name: string, request: Message): { readonly answer: Promise<Message>; cancel(): void } {
    const { path, requestSerialize, responseDeserialize } = method(name);
    let call: ClientUnaryCall | undefined;
    const answer = new Promise<Message>((resolve, reject) => {
      call = this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
        error === null ? resolve(response as Message) : reject(error),
      );
    });
    return { answer, cancel: () => call?.cancel() };
  }

  /** A stream of answers to one request. */
  serverStream(name: string, request: Message): TestStream {
    const { path, requestSerialize, responseDeserialize } = method(name);
    const made = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    return new TestStream(made as ClientReadableStream<Message>);
  }

  stream(name: string): DuplexTestStream {
    const { path, requestSerialize, responseDeserialize } = method(name);
    const made = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    return new DuplexTestStream(made as ClientDuplexStream<Message, Message>);
  }

  close(): void {
    this.#client.close();
  }
}

export class TestStream {
  readonly #stream: ClientReadableStream<Message>;
  readonly #iterator: AsyncIterator<Message>;

  constructor(stream: ClientReadableStream<Message>) {
    this.#stream = stream;
    this.#stream.on('error', () => {}); // cancelled at the end
    this.#iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Message>;
  }

  /** @throws what ended the stream */
  async next(): Promise<Message> {
    return (await this.#iterator.next()).value as Message;
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

export class DuplexTestStream extends TestStream {
  readonly #duplex: ClientDuplexStream<Message, Message>;

  constructor(duplex: ClientDuplexStream<Message, Message>) {
    super(duplex);
    this.#duplex = duplex;
  }

  send(message: Message): void {
    this.#duplex.write(message);
  }
}

function method(name: string): MethodDefinition<object, object> {
  const [service = '', methodName = ''] = name.split('/');
  return (definitions[service] as ServiceDefinition)[methodName] as MethodDefinition<object, object>;
}
