/** The kinds of field errors, with the texts of k8s.io/apimachinery's field package. */
const phrases = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
} as const;

export type FieldErrorReason = keyof typeof phrases;

/** One thing wrong with one member of an object. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.containers[0].name` */
  readonly field: string;
  /** Without the field: `Invalid value: -1: must be greater than or equal to 0`. */
  readonly message: string;
}

/** `field: message`, as it stands in the message of an Invalid status. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${error.message}`;
}

/** Several as one text; what is said twice is written once. */
export function fieldErrorsText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length > 1 ? `[${texts.join(', ')}]` : (texts[0] ?? '');
}

export function required(field: string, detail = ''): FieldError {
  return fieldError('FieldValueRequired', field, '', detail);
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueInvalid', field, valueText(value), detail);
}

/** Invalid, where the value would only be noise: an object or a list. */
export function invalidWithoutValue(field: string, detail: string): FieldError {
  return fieldError('FieldValueInvalid', field, '', detail);
}

/** Invalid, because it is of another type: a reason of its own, with the same words. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueTypeInvalid', field, valueText(value), detail);
}

export function duplicate(field: string, value: unknown): FieldError {
  return fieldError('FieldValueDuplicate', field, valueText(value), '');
}

/** Of the values that are supported: more than any kind has, and few enough to be shown for each of many mistakes. */
const shownValuesMax = 1_000;

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported
    .slice(0, shownValuesMax)
    .map((text) => JSON.stringify(text))
    .join(', ');
  return fieldError('FieldValueNotSupported', field, valueText(value), list === '' ? '' : `supported values: ${list}`);
}

export function forbidden(field: string, detail: string): FieldError {
  return fieldError('FieldValueForbidden', field, '', detail);
}

export function notFound(field: string, value: unknown): FieldError {
  return fieldError('FieldValueNotFound', field, valueText(value), '');
}

export function tooLong(field: string, bytesMax: number): FieldError {
  return fieldError('FieldValueTooLong', field, '', `may not be more than ${bytesMax} bytes`);
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return fieldError('FieldValueTooMany', field, String(actual), `must have at most ${max} item${max === 1 ? '' : 's'}`);
}

function fieldError(reason: FieldErrorReason, field: string, value: string, detail: string): FieldError {
  const error = { reason, field, message: [phrases[reason], value, detail].filter((part) => part !== '').join(': ') };
  if (collected !== undefined && collected.push(error) >= fieldErrorsMax) throw enough;
  return error;
}

/** Of one object: a mistake may take three bytes and its text a kilobyte, so that an object of mistakes alone would take minutes. */
export const fieldErrorsMax = 1_000;

/** What is made while `firstErrors` runs. */
let collected: FieldError[] | undefined;
const enough = new Error('there are enough field errors');

/**
 * What a validation finds, or the first errors that it makes when there are very many.
 * @param validate makes few errors that it does not return
 */
export function firstErrors(validate: () => readonly FieldError[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  collected = errors;
  try {
    return validate();
  } catch (error) {
    if (error !== enough) throw error;
    return errors;
  } finally {
    collected = undefined;
  }
}

/** As JSON, in which Go's field errors print a value: strings are quoted, numbers are not, what is absent is null. */
function valueText(value: unknown): string {
  return JSON.stringify(value ?? null);
}
