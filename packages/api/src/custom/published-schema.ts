/** The name under which OpenAPI publishes a custom resource: `stable.example.com` v1 CronTab is `com.example.stable.v1.CronTab`. */
export function publishedModel(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}
