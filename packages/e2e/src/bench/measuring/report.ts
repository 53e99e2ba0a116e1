/** One line of the table: what was measured, on whom, and the figures by their names. */
export interface Row {
  readonly measure: string;
  readonly subject: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** Collects rows, and shows each as it comes: a run takes minutes. */
export class Report {
  readonly rows: Row[] = [];
  readonly #json: boolean;
  #columns = '';

  constructor(json: boolean) {
    this.#json = json;
  }

  add(row: Row): void {
    this.rows.push(row);
    if (this.#json) return;
    const columns = Object.keys(row.figures);
    if (this.#columns !== columns.join()) {
      this.#columns = columns.join();
      console.log(
        `\n${'measure'.padEnd(30)}${'subject'.padEnd(18)}${columns.map((name) => name.padStart(width(name))).join('')}`,
      );
    }
    const figures = Object.entries(row.figures).map(([name, value]) => shown(value).padStart(width(name)));
    console.log(`${row.measure.padEnd(30)}${row.subject.padEnd(18)}${figures.join('')}`);
  }

  note(text: string): void {
    if (!this.#json) console.log(text);
  }

  end(): void {
    if (this.#json) console.log(JSON.stringify(this.rows, undefined, 2));
  }
}

function width(column: string): number {
  return Math.max(10, column.length + 2);
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '–'; // of nothing: so busy was the machine
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value >= 1_000 ? 0 : value >= 10 ? 1 : 2);
}
