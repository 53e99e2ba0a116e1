import { describeConf, describeEntry, GoldenMember } from './golden-member.test.js';
import { type DescribedMessage, GoldenNetwork } from './golden-network.test.js';
import type { ConfChangeStep, NodeId } from './index.js';

type Verb = (cluster: GoldenCluster, args: string[]) => void;

/** Part of the golden tests: understands the commands of a script, and collects what happens. */
export class GoldenCluster {
  readonly members = new Map<NodeId, GoldenMember>();
  readonly network = new GoldenNetwork();
  readonly lines: string[] = [];
  readonly tell = (line: string) => void this.lines.push(line);

  run(command: string): string[] {
    this.lines.length = 0;
    const [verb = '', ...args] = command.split(/\s+/);
    const run = verbs[verb];
    if (run === undefined) throw new Error(`unknown command: ${command}`);
    run(this, args);
    return [...this.lines];
  }

  member(id: string | undefined): GoldenMember {
    const member = this.members.get(BigInt(id ?? 0));
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  work(): void {
    for (const member of this.members.values()) {
      for (const message of member.work(this.tell)) this.network.send(message, member.state, this.tell);
    }
  }

  /** One round: everything that was under way arrives. */
  deliver(accept: (message: DescribedMessage) => boolean = () => true): boolean {
    const arriving = this.network.take(accept);
    for (const { message, state } of arriving) {
      this.members.get(message.to)?.step(message, state);
      const sender = this.members.get(message.from);
      if (message.type === 'snapshot' && sender?.up) sender.raft.reportSnapshot(message.to, true);
    }
    return arriving.length > 0;
  }

  /** Until nothing is under way. */
  settle(): void {
    this.work();
    for (let round = 0; this.deliver(); round++) {
      if (round > 100) throw new Error('the cluster does not settle');
      this.work();
    }
  }
}

function list(text: string | undefined): NodeId[] {
  return (text ?? '').split(',').filter(Boolean).map(BigInt);
}

const verbs: Readonly<Record<string, Verb>> = {
  /** cluster 1,2,3 [learners] */
  cluster(cluster, [voters, learners]) {
    const conf = { voters: list(voters), votersOutgoing: [], learners: list(learners), learnersNext: [] };
    for (const id of [...conf.voters, ...conf.learners]) cluster.members.set(id, new GoldenMember(id, conf));
  },
  /** join 4: a member that knows nobody yet */
  join(cluster, [id]) {
    const conf = { voters: [], votersOutgoing: [], learners: [], learnersNext: [] };
    cluster.members.set(BigInt(id ?? 0), new GoldenMember(BigInt(id ?? 0), conf));
  },
  settle: (cluster) => cluster.settle(),
  work: (cluster) => cluster.work(),
  /** deliver [to 2,3]: one round */
  deliver(cluster, [, to]) {
    const receivers = list(to);
    cluster.deliver(({ message }) => receivers.length === 0 || receivers.includes(message.to));
    cluster.work();
  },
  /** tick 1 [times] */
  tick(cluster, [id, times]) {
    for (let i = 0; i < Number(times ?? 1); i++) cluster.member(id).raft.tick();
  },
  /** tick-all [times]: everybody’s time passes, and everything settles after each tick */
  'tick-all'(cluster, [times]) {
    for (let i = 0; i < Number(times ?? 1); i++) {
      for (const member of cluster.members.values()) if (member.up) member.raft.tick();
      cluster.settle();
    }
  },
  campaign: (cluster, [id]) => cluster.member(id).raft.campaign(),
  propose(cluster, [id, ...words]) {
    cluster.tell(cluster.member(id).raft.propose(Buffer.from(words.join(' '))));
  },
  /** change 1 add-learner 4 [add-voter 5 …] */
  change(cluster, [id, ...words]) {
    const steps: ConfChangeStep[] = [];
    for (let i = 0; i < words.length; i += 2) {
      steps.push({ type: words[i] as ConfChangeStep['type'], node: BigInt(words[i + 1] ?? 0) }); // the script’s author knows them
    }
    cluster.tell(cluster.member(id).raft.proposeConfChange({ steps, context: new Uint8Array(0) }));
  },
  read(cluster, [id, context]) {
    cluster.tell(cluster.member(id).raft.readIndex(Number(context)) ? 'asked' : 'nobody to ask');
  },
  transfer: (cluster, [id, to]) => cluster.member(id).raft.transferLeadership(BigInt(to ?? 0)),
  /** lost 2 1: member 2 believes that leader 1 is gone */
  lost: (cluster, [id, leader]) => cluster.member(id).raft.reportLeaderLost(BigInt(leader ?? 0)),
  compact: (cluster, [id, index]) => cluster.member(id).compact(Number(index)),
  crash: (cluster, [id]) => cluster.member(id).crash(),
  restart: (cluster, [id]) => cluster.member(id).restart(),
  /** damage 2 3: the disk of member 2, which is down, loses everything from entry 3 on */
  damage: (cluster, [id, index]) => cluster.member(id).damage(Number(index)),
  isolate: (cluster, [id]) => cluster.network.isolate(BigInt(id ?? 0)),
  heal: (cluster) => cluster.network.heal(),
  /** Everything under way is lost. */
  lose(cluster) {
    cluster.tell(`lost ${cluster.network.take(() => true).length}`);
  },
  /** quiet append,heartbeat…: no longer told */
  quiet: (cluster, [types]) => cluster.network.hush((types ?? '').split(',')),
  status(cluster, [id]) {
    const { raft } = cluster.member(id);
    const { role, term, leader, committed, applied, lastIndex, conf, progress } = raft.status();
    cluster.tell(
      `${role}, term ${term}, leader ${leader}, committed ${committed}, applied ${applied}, last ${lastIndex}${raft.fenced ? ', fenced' : ''}`,
    );
    cluster.tell(describeConf(conf));
    for (const [peer, { match, next, state, inflight }] of progress) {
      cluster.tell(`  ${peer}: ${state}, match ${match}, next ${next}${inflight > 0 ? `, ${inflight} in flight` : ''}`);
    }
  },
  log(cluster, [id]) {
    const { log, logStart } = cluster.member(id);
    cluster.tell([`start ${logStart.index}/${logStart.term}`, ...log.map(describeEntry)].join(', '));
  },
  state: (cluster, [id]) => cluster.tell(cluster.member(id).state.join(' ')),
};
