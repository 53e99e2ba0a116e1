import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '@flotilla/base';
import type { EnvEntry, Image, ImageSpec } from '../runtime.js';
import { RuntimeError } from '../runtime.js';

/** One JSON file of a catalogue folder: what the runtime starts for an image name. */
export interface CatalogImage {
  /** `flotilla/hello`, or with a tag: `flotilla/hello:v2`. Without one it stands for every tag. */
  readonly name: string;
  /** `node` is this Node.js; an element that begins with `./` or `../` is a path from the JSON file. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvEntry[];
  readonly workingDir: string | undefined;
  /** `sha256:…` of the file. */
  readonly digest: string;
}

/** The images that come with Flotilla. */
export const builtInCatalog = fileURLToPath(new URL('../../../images', import.meta.url));

/**
 * Images of the process runtime are descriptions: a name and a command to run. The folders are read at each look-up that misses, so that
 * a file added later is found when the pull is tried again.
 */
export class ImageCatalog {
  readonly #folders: readonly string[];
  #images = new Map<string, CatalogImage>();

  /** @param folders later ones win */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
    this.#read();
  }

  get(image: string): CatalogImage | undefined {
    const names = lookupNames(image);
    const find = () => names.map((name) => this.#images.get(name)).find((found) => found !== undefined);
    const found = find();
    if (found !== undefined) return found;
    this.#read();
    return find();
  }

  status(spec: ImageSpec): Image | undefined {
    const found = this.get(spec.image);
    if (found !== undefined) return { ref: `process://${found.name}@${found.digest}`, sizeBytes: 0 };
    return spec.command.length > 0 ? { ref: `process://${spec.image}`, sizeBytes: 0 } : undefined;
  }

  /** @throws RuntimeError telling what to do */
  pull(spec: ImageSpec): Image {
    const image = this.status(spec);
    if (image !== undefined) return image;
    const folder = this.#folders.at(-1);
    throw new RuntimeError(
      `image "${spec.image}" is not in the catalogue of the process runtime, which runs programs of this machine instead of images: ` +
        `name a command in the container, or add a JSON file {"name": "${spec.image}", "command": [...]} to ${folder} (--image-catalog)`,
    );
  }

  #read(): void {
    const images = new Map<string, CatalogImage>();
    for (const folder of this.#folders) {
      for (const file of jsonFiles(folder)) {
        const image = parseCatalogImage(file, readFileSync(file, 'utf8'));
        images.set(image.name, image);
      }
    }
    this.#images = images;
  }
}

/** @throws RuntimeError naming the file and what is wrong in it */
export function parseCatalogImage(file: string, text: string): CatalogImage {
  const fail = (what: string): never => {
    throw new RuntimeError(`image catalogue: ${file}: ${what}`);
  };
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>; // every member that is used is checked below
  } catch (error) {
    return fail(errorMessage(error));
  }
  const { name, command, args = [], env = [], workingDir } = value ?? {};
  if (typeof name !== 'string' || name === '') return fail('"name" must be the name of an image');
  if (!isStrings(command) || command.length === 0) return fail('"command" must be a list of strings with at least one element');
  if (!isStrings(args)) return fail('"args" must be a list of strings');
  if (!isEnv(env)) return fail('"env" must be a list of {"name": "…", "value": "…"}');
  if (workingDir !== undefined && typeof workingDir !== 'string') return fail('"workingDir" must be a string');
  return {
    name,
    command: command.map((element, i) => resolveElement(element, i, dirname(file))),
    args,
    env,
    workingDir: workingDir === undefined || isAbsolute(workingDir) ? workingDir : resolve(dirname(file), workingDir),
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
  };
}

/** Names to try, the most exact first: `docker.io/library/nginx:1.27@sha256:…` → `docker.io/library/nginx:1.27`, `nginx:1.27`, `nginx`. */
function lookupNames(image: string): string[] {
  const tagged = image.replace(/@.*$/, '');
  const short = tagged.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return [tagged, short, short.replace(/:[^/:]*$/, '')];
}

function resolveElement(element: string, index: number, folder: string): string {
  if (index === 0 && element === 'node') return process.execPath;
  return /^\.\.?\//.test(element) ? resolve(folder, element) : element;
}

function jsonFiles(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isEnv(value: unknown): value is EnvEntry[] {
  return Array.isArray(value) && value.every((item) => typeof item?.name === 'string' && typeof item?.value === 'string');
}
