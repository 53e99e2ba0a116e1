const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Paths that have a permission of their own; whoever may do everything with a node's kubelet has `nodes/proxy`. */
const subresources: readonly (readonly [RegExp, string, orProxy: boolean])[] = [
  [/^\/stats(?:\/|$)/, 'stats', false],
  [/^\/metrics(?:\/|$)/, 'metrics', false],
  [/^\/logs(?:\/|$)/, 'log', false],
  [/^\/checkpoint(?:\/|$)/, 'checkpoint', false],
  [/^\/healthz(?:\/|$)/, 'healthz', true],
  [/^\/configz$/, 'configz', true],
  [/^\/(?:pods|runningpods)\/?$/, 'pods', true],
];

/** What has to be allowed for a request: one of the subresources, with the verb. */
export interface NodeAccess {
  readonly verb: string;
  readonly subresources: readonly string[];
}

/** Source: "Kubelet authentication/authorization" of the Kubernetes reference, and KEP-2862. */
export function accessOf(method: string, path: string): NodeAccess {
  const [, subresource, orProxy] = subresources.find(([pattern]) => pattern.test(path)) ?? [undefined, 'proxy', false];
  return { verb: verbOfMethod[method] ?? '', subresources: orProxy ? [subresource, 'proxy'] : [subresource] };
}
