/** What one priority level may use of the server's seats. */
export interface SeatBounds {
  readonly nominal: number;
  /** What it keeps, however much others would like to borrow. */
  readonly min: number;
  /** What it may have with everything that it may borrow. */
  readonly max: number;
}

export interface Shares {
  readonly nominalConcurrencyShares: number;
  readonly lendablePercent: number;
  /** Undefined: as much as there is. */
  readonly borrowingLimitPercent: number | undefined;
}

/** The nominal seats of each level are its part of all; lending and borrowing are parts of those (KEP-1040). */
export function seatBounds(total: number, levels: readonly Shares[]): readonly SeatBounds[] {
  const sum = levels.reduce((shares, level) => shares + level.nominalConcurrencyShares, 0);
  return levels.map(({ nominalConcurrencyShares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = sum === 0 ? 0 : Math.ceil((total * nominalConcurrencyShares) / sum);
    const lendable = Math.round((nominal * lendablePercent) / 100);
    const borrowed = borrowingLimitPercent === undefined ? total : Math.round((nominal * borrowingLimitPercent) / 100);
    return { nominal, min: nominal - lendable, max: Math.min(nominal + borrowed, Math.max(total, nominal)) };
  });
}

/**
 * How many seats each level gets, given what it has needed lately: as far as all can be had, each gets what it needs; else
 * every level gets the same part of its need, within its bounds.
 */
export function allocateSeats(total: number, levels: readonly (SeatBounds & { readonly demand: number })[]): readonly number[] {
  const at = (fraction: number) =>
    levels.map(({ min, max, demand }) => Math.min(max, Math.max(min, fraction * Math.max(demand, min))));
  const sum = (seats: readonly number[]) => seats.reduce((all, one) => all + one, 0);
  let [low, high] = [0, 1];
  while (sum(at(high)) < total && high < total) high *= 2;
  // Forty halvings leave less than a millionth of a seat.
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) <= total) low = middle;
    else high = middle;
  }
  return at(low).map((seats) => Math.round(seats));
}
