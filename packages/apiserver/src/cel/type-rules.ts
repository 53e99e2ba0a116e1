import { Substitution } from './assignability.js';
import { functions } from './libraries/libraries.js';
import type { Overload } from './overload.js';
import type { Issue } from './source.js';
import { type CelType, celTypes, typeText } from './types.js';

/** What a call means: one result type, and the overloads that may run. */
interface Resolved {
  readonly type: CelType;
  readonly overloads: readonly Overload[];
}

/** The decisions of the type checker, and its complaints, each in cel-go's words. */
export class TypeRules {
  readonly issues: Issue[] = [];
  readonly types = new Substitution();

  complain(offset: number, message: string): CelType {
    this.issues.push({ offset, message });
    return celTypes.error;
  }

  undeclared(offset: number, name: string): CelType {
    return this.complain(offset, `undeclared reference to '${name}' (in container '')`);
  }

  resultType(name: string, args: readonly CelType[], offset: number): CelType {
    return this.resolve(name, args, false, offset).type;
  }

  resolve(name: string, args: readonly CelType[], member: boolean, offset: number): Resolved {
    if (!functions.has(name)) return { type: this.undeclared(offset, name), overloads: [] };
    const results: CelType[] = [];
    const overloads = functions.find(name, member, args.length).filter((candidate) => {
      const [result = celTypes.error, ...parameters] = this.types.instantiate([candidate.result, ...candidate.parameters]);
      const matches = this.types.assign(parameters, args);
      if (matches) results.push(this.types.resolve(result));
      return matches;
    });
    const [first] = results;
    if (first === undefined) return { type: this.noOverload(name, args, member, offset), overloads };
    return { type: results.every((type) => typeText(type) === typeText(first)) ? first : celTypes.dyn, overloads };
  }

  noOverload(name: string, args: readonly CelType[], member: boolean, offset: number): CelType {
    const texts = args.map((type) => typeText(this.types.resolve(type, celTypes.dyn)));
    const signature = member ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
    return this.complain(offset, `found no matching overload for '${name}' applied to '${signature}'`);
  }

  /** All elements of a literal have one type. */
  joined(previous: CelType | undefined, type: CelType, offset: number): CelType {
    if (previous === undefined) return type;
    return this.types.join(previous, type) ?? this.mismatch(offset, previous, type);
  }

  mismatch(offset: number, expected: CelType, actual: CelType): CelType {
    const [wanted, given] = [expected, actual].map((type) => typeText(this.types.resolve(type, celTypes.dyn)));
    return this.complain(offset, `expected type '${wanted}' but found '${given}'`);
  }
}

export function isOptional(type: CelType): type is Extract<CelType, { kind: 'opaque' }> {
  return type.kind === 'opaque' && type.name === 'optional_type';
}
