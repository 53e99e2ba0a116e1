import type { Definition, PartialObjectMetadata, Table } from '@flotilla/api';
import { type ApiClient, resourcePath } from '@flotilla/client';
import { stringify } from 'yaml';
import { addKubeconfigFlag, openCluster } from '../../cluster-client.js';
import { findKinds } from '../../kinds.js';
import { renderColumns } from '../columns.js';
import type { Verb } from '../verb.js';

interface Options {
  readonly stateDir: string;
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly output?: string;
  readonly selector?: string;
}

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export const get: Verb = {
  name: 'get',
  arguments: '<kinds> [name]',
  description: 'Show objects: flotilla get pods -A -o wide',
  options(command) {
    addKubeconfigFlag(command);
    command
      .option('-n, --namespace <name>', 'the namespace to look in (default: default)')
      .option('-A, --all-namespaces', 'look in all of them', false)
      .option('-l, --selector <labels>', 'only objects with these labels')
      .option('-o, --output <format>', 'wide, json or yaml');
  },
  async run([kinds = '', name], given) {
    const options = given as unknown as Options; // the flags above
    const client = await openCluster(given);
    try {
      const definitions = findKinds(kinds);
      const texts: string[] = [];
      for (const definition of definitions) {
        const text = await show(client, definition, name, options, definitions.length > 1);
        if (text !== '') texts.push(text);
      }
      if (texts.length > 0) console.log(texts.join('\n\n'));
      else
        console.error(
          options.allNamespaces ? 'No resources found' : `No resources found in ${namespaceOf(client, options)} namespace.`,
        );
      return 0;
    } finally {
      await client.close();
    }
  },
};

function namespaceOf(client: ApiClient, options: Options): string {
  return options.namespace ?? client.defaultNamespace;
}

async function show(
  client: ApiClient,
  definition: Definition,
  name: string | undefined,
  options: Options,
  several: boolean,
): Promise<string> {
  const path = resourcePath(definition, options.allNamespaces ? undefined : namespaceOf(client, options), name);
  const query = { labelSelector: options.selector };
  if (options.output === 'json' || options.output === 'yaml') {
    const value = await client.request<object>({ method: 'GET', path, query });
    return options.output === 'json' ? JSON.stringify(value, null, 4) : stringify(value).trimEnd();
  }
  const table = await client.request<Table>({ method: 'GET', path, query, headers: { accept: tableAccept } });
  return renderTable(table, definition, options, several);
}

function renderTable(table: Table, definition: Definition, options: Options, several: boolean): string {
  const columns = (table.columnDefinitions ?? [])
    .map((column, index) => ({ ...column, index }))
    .filter((column) => column.priority === 0 || options.output === 'wide');
  const prefix = several ? `${definition.singular}${definition.group === '' ? '' : `.${definition.group}`}/` : '';
  const rows = table.rows.map((row) => {
    const cells: Record<string, string> = {};
    if (options.allNamespaces && definition.namespaced)
      cells['NAMESPACE'] = (row.object as PartialObjectMetadata).metadata.namespace ?? '';
    for (const column of columns) {
      cells[column.name.toUpperCase()] = `${column.name === 'Name' ? prefix : ''}${String(row.cells[column.index] ?? '<none>')}`;
    }
    return cells;
  });
  return rows.length === 0 ? '' : renderColumns(rows);
}
