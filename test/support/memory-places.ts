import type { JournalName } from '#lib/names';
import { MemoryJournal, type MemoryJournalOptions, MemoryJournalServer } from '#lib/journal';
import type { BrokerJournal, BrokerStreams, Journal, JournalSource, Revision } from '#lib/journal';

/** A source in memory, for tests. */
export class MemorySource implements JournalSource {
  readonly shown = 'memory';
  readonly servers = new Map<JournalName, MemoryJournalServer>();

  constructor(private readonly options: MemoryJournalOptions) {}

  find(name: JournalName): Promise<Journal | undefined> {
    const server = this.servers.get(name);
    return Promise.resolve(server && new MemoryJournal(server, this.options));
  }

  async create(name: JournalName, journalId: string): Promise<Journal> {
    if (!this.servers.has(name)) this.servers.set(name, new MemoryJournalServer(name, journalId));
    return (await this.find(name))!;
  }
}

class MemoryBrokerJournal extends MemoryJournal implements BrokerJournal {
  constructor(
    server: MemoryJournalServer,
    readonly relaysUpTo: Revision | undefined,
    options: MemoryJournalOptions,
  ) {
    super(server, options);
  }
}

interface MemoryStream {
  readonly server: MemoryJournalServer;
  readonly relaysUpTo: Revision | undefined;
}

/** A broker's streams in memory, for tests. */
export class MemoryBrokerStreams implements BrokerStreams {
  readonly streams = new Map<JournalName, MemoryStream>();

  constructor(private readonly options: MemoryJournalOptions) {}

  find(name: JournalName): Promise<BrokerJournal | undefined> {
    const found = this.streams.get(name);
    return Promise.resolve(found && new MemoryBrokerJournal(found.server, found.relaysUpTo, this.options));
  }

  async create(name: JournalName, journalId: string, relaysUpTo?: Revision): Promise<BrokerJournal> {
    if (!this.streams.has(name)) this.streams.set(name, { server: new MemoryJournalServer(name, journalId), relaysUpTo });
    return (await this.find(name))!;
  }

  relabel({ name }: BrokerJournal, relaysUpTo: Revision | undefined): Promise<void> {
    this.streams.set(name, { server: this.streams.get(name)!.server, relaysUpTo });
    return Promise.resolve();
  }

  remove({ name }: BrokerJournal): Promise<void> {
    this.streams.delete(name);
    return Promise.resolve();
  }
}
