import { errorMessage } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import { type Command, Option } from 'commander';
import { type NewClusterFlags, newClusterBootstrap } from '../config.js';
import { formatId } from '../node/ids.js';
import { type EndpointFlags, fetchSnapshot } from './fetch-snapshot.js';
import { restoreSnapshot } from './restore-snapshot.js';
import { writeSnapshotFile } from './snapshot-file.js';
import { SnapshotFormatError } from './snapshot-format.js';
import { formatStatus, type StatusFormat, snapshotStatus, statusFormats } from './snapshot-status.js';

/** `flotilla store snapshot …`: flags, output and errors are those of etcdctl and etcdutl. */
export function addSnapshotCommands(store: Command): void {
  store.enablePositionalOptions(); // what follows `snapshot` is the subcommand's, though the names are the same
  const snapshot = store.command('snapshot').description('saves, describes and restores snapshots of a store');
  addSave(snapshot);
  addStatus(snapshot);
  addRestore(snapshot);
}

function addSave(snapshot: Command): void {
  const flag = (flags: string, description: string) =>
    new Option(flags, description).env(`ETCDCTL_${flags.slice(2).replace(/ .*$/, '').replaceAll('-', '_').toUpperCase()}`);
  snapshot
    .command('save <filename>')
    .description('stores a snapshot of a member to a file')
    .addOption(flag('--endpoints <url>', 'the member').default('127.0.0.1:2379'))
    .addOption(flag('--cacert <file>', 'authority to check the member’s certificate against'))
    .addOption(flag('--cert <file>', 'certificate to show'))
    .addOption(flag('--key <file>', 'key of that certificate'))
    .addOption(flag('--insecure-skip-tls-verify', 'takes any certificate').default(false))
    .addOption(flag('--user <name[:password]>', 'who asks'))
    .addOption(flag('--password <password>', 'of that user'))
    .action((filename: string, flags: EndpointFlags) =>
      telling(async () => {
        await writeSnapshotFile(filename, fetchSnapshot(flags));
        return `Snapshot saved at ${filename}\n`;
      }),
    );
}

function addStatus(snapshot: Command): void {
  snapshot
    .command('status <filename>')
    .description('tells what is in a snapshot file: hash, revision, total keys, total size')
    .addOption(new Option('-w, --write-out <format>', 'how to print it').choices(statusFormats).default('simple'))
    .action((filename: string, { writeOut }: { writeOut: StatusFormat }) =>
      telling(async () => formatStatus(await snapshotStatus(filename), writeOut)),
    );
}

interface RestoreFlags extends NewClusterFlags {
  readonly dataDir?: string;
  readonly skipHashCheck: boolean;
}

function addRestore(snapshot: Command): void {
  snapshot
    .command('restore <filename>')
    .description('makes the data directory of a member of a new cluster from a snapshot file')
    .option('--data-dir <dir>', 'what to make (default: <name>.etcd)')
    .option('--name <name>', 'human-readable name of this member', 'default')
    .option('--initial-cluster <members>', 'the members of the new cluster: name=url,name=url,…')
    .option('--initial-cluster-token <token>', 'tells clusters with the same addresses apart', 'etcd-cluster')
    .option('--initial-advertise-peer-urls <urls>', 'URLs that other members find this one at', 'http://localhost:2380')
    .option('--skip-hash-check', 'takes a file whose digest is wrong or missing', false)
    .action((filename: string, flags: RestoreFlags) =>
      telling(async () => {
        const { dataDir = `${flags.name}.etcd`, skipHashCheck } = flags;
        const bootstrap = newClusterBootstrap(flags);
        const { revision } = await restoreSnapshot(filename, { dataDir, bootstrap, skipHashCheck });
        const member = `member ${formatId(bootstrap.memberId)} of cluster ${formatId(bootstrap.clusterId)}`;
        return `Snapshot restored to ${dataDir}: ${member}, revision ${revision}\n`;
      }),
    );
}

/** Prints what `work` returns. What can go wrong with files and streams is the operator's to know, in one line. */
async function telling(work: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(await work());
  } catch (error) {
    const expected = error instanceof SnapshotFormatError || (error instanceof Error && 'code' in error);
    throw expected ? new ConfigError(inGoWords(errorMessage(error))) : error;
  }
}

/** `ENOENT: no such file or directory, open 'x'` → `open x: no such file or directory` */
function inGoWords(message: string): string {
  return message.replace(/^E[A-Z]+: (.*), (\w+) '(.*)'$/, '$2 $3: $1');
}
