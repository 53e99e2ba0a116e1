import type { CostMeter } from './cost.js';
import { CelError, noSuchOverload, type Value } from './values.js';

/** Where a variable's value comes from; undefined: it has none. */
export type Activation = (name: string) => Value | undefined;

/** What one evaluation has at hand. Names that macros bind are a chain, innermost first. */
export interface Frame {
  readonly activation: Activation;
  readonly meter: CostMeter;
  readonly locals: Local | undefined;
}

interface Local {
  readonly name: string;
  readonly value: Value;
  readonly outer: Local | undefined;
}

/** An expression ready to be evaluated. @throws CelError, CelCostError */
export type Step = (frame: Frame) => Value;

export function bind(frame: Frame, name: string, value: Value): Frame {
  return { activation: frame.activation, meter: frame.meter, locals: { name, value, outer: frame.locals } };
}

/** A step's answer to a yes-or-no question. Only errors of the expression are held back: running out of budget is none. */
export function truth(step: Step, frame: Frame): boolean | CelError {
  try {
    const value = step(frame);
    return typeof value === 'boolean' ? value : noSuchOverload();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
