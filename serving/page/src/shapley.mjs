// Why the model answered a row as it did: the sampled Shapley values of `turnstile explain`, to the last digits.
// serving/explain/shapley.py describes the method and names its sources.

const MULTIPLIER = 2654435769;

function* uniform(seed) {
  let state = Math.imul(seed + 1, MULTIPLIER) >>> 0;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    yield state / 2 ** 32;
  }
}

// Returns orders of the features: for each pair a shuffled one, and its reverse.
export function orders(features, pairs, seed) {
  const random = uniform(seed);
  return Array.from({ length: pairs }, () => {
    const order = Array.from({ length: features }, (_, j) => j);
    for (let last = features - 1; last > 0; last--) {
      const other = Math.floor(random.next().value * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    return [order, order.toReversed()];
  }).flat();
}

// How rows are compared with those of a background. `names` are the features, sorted by the names of the model's inputs.
export function sampling(names, background, pairs = 2, seed = 0) {
  const drawn = orders(names.length, background.length * pairs, seed);
  const steps = names.length - 1;
  return {
    // Returns the mixed rows: in each order, the values of a background row are replaced by the row's, one after another.
    mixed(row) {
      return drawn.flatMap((order, o) => {
        let mixed = background[Math.floor(o / (2 * pairs))];
        return order.slice(0, steps).map((j) => (mixed = { ...mixed, [names[j]]: row[names[j]] }));
      });
    },

    // Returns each feature's contribution and its standard error, by the scores of the mixed rows, of the background and of the row.
    contributions(mixed, base, score) {
      const ofOrders = drawn.map((order, o) => {
        const chain = [base[Math.floor(o / (2 * pairs))], ...mixed.slice(o * steps, (o + 1) * steps), score];
        const found = new Float64Array(names.length);
        order.forEach((j, step) => (found[j] = chain[step + 1] - chain[step]));
        return found;
      });
      return names.map((name, j) => {
        const ofPairs = background.map((_, b) =>
          Array.from({ length: pairs }, (_, p) => {
            const first = 2 * (b * pairs + p);
            return (ofOrders[first][j] + ofOrders[first + 1][j]) / 2;
          }),
        );
        const variances = ofPairs.map((found) => variance(found) / pairs);
        return { name, value: mean(ofPairs.flat()), error: Math.sqrt(mean(variances) / background.length) };
      });
    },
  };
}

export const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

function variance(numbers) {
  const middle = mean(numbers);
  return numbers.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (numbers.length - 1);
}
