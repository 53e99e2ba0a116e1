/**
 * Replaces `$(NAME)` by the variable's value; `$$` stands for `$`, and a name that is not known stays as written.
 * Kubernetes' rules for `command`, `args`, `env[].value` and `subPathExpr`.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return lookup(name) ?? whole;
  });
}
