// FarmHash's Fingerprint64, by which TensorFlow chooses the bucket of a word that no vocabulary has
// (Geoff Pike, FarmHash, 2014: https://github.com/google/farmhash).

const [K0, K1, K2] = [0xc3a5c85c97cb3127n, 0xb492b66fbe98f273n, 0x9ae16a3b2f90404fn];
const u64 = (x) => BigInt.asUintN(64, x);
const rotate = (x, by) => (by ? u64((x >> by) | (x << (64n - by))) : x);
const shifted = (x) => x ^ (x >> 47n);

// Returns the fingerprint of a text's UTF-8 bytes, a BigInt below 2^64.
export function fingerprint(text) {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const at = (i) => view.getBigUint64(i, true);
  const [n, length] = [bytes.length, BigInt(bytes.length)];
  const mul = K2 + 2n * length;
  if (n === 0) return K2;
  if (n < 4) {
    const [a, b, c] = [bytes[0], bytes[n >> 1], bytes[n - 1]].map(BigInt);
    return u64(shifted(u64((a + (b << 8n)) * K2) ^ u64((length + (c << 2n)) * K0)) * K2);
  }
  if (n < 8) return mix(length + (BigInt(view.getUint32(0, true)) << 3n), BigInt(view.getUint32(n - 4, true)), mul);
  if (n <= 16) {
    const [a, b] = [u64(at(0) + K2), at(n - 8)];
    return mix(u64(rotate(b, 37n) * mul + a), u64((rotate(a, 25n) + b) * mul), mul);
  }
  if (n > 64) return ofLong(at, n);
  const [a, b, c, d] = [u64(at(0) * (n > 32 ? K2 : K1)), at(8), u64(at(n - 8) * mul), u64(at(n - 16) * K2)];
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = mix(y, u64(a + rotate(u64(b + K2), 18n) + c), mul);
  if (n <= 32) return z;
  const [e, f, g, h] = [u64(at(16) * mul), at(24), u64((y + at(n - 32)) * mul), u64((z + at(n - 24)) * mul)];
  return mix(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), mul);
}

function mix(u, v, mul) {
  const a = shifted(u64((u ^ v) * mul));
  return u64(shifted(u64((v ^ a) * mul)) * mul);
}

function ofLong(at, n) {
  const rest = BigInt((n - 1) & 63);
  let [x, y] = [u64(81n * K2 + at(0)), u64(81n * K1 + 113n)];
  let z = u64(shifted(u64(y * K2 + 113n)) * K2);
  let [v, w] = [[0n, 0n], [0n, 0n]];
  const round = (s, mul, nine) => {
    x = u64(rotate(u64(x + y + v[0] + at(s + 8)), 37n) * mul) ^ u64(w[1] * nine);
    y = u64(rotate(u64(y + v[1] + at(s + 48)), 42n) * mul + v[0] * nine + at(s + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * mul);
    v = weak(at, s, u64(v[1] * mul), u64(x + w[0]));
    w = weak(at, s + 32, u64(z + w[1]), u64(y + at(s + 16)));
    [z, x] = [x, z];
  };
  for (let s = 0; s < n - 1 - Number(rest); s += 64) round(s, K1, 1n);
  const mul = K1 + ((z & 0xffn) << 1n);
  w[0] = u64(w[0] + rest);
  v[0] = u64(v[0] + w[0]);
  w[0] = u64(w[0] + v[0]);
  round(n - 64, mul, 9n);
  return mix(u64(mix(v[0], w[0], mul) + shifted(y) * K0 + z), u64(mix(v[1], w[1], mul) + x), mul);
}

function weak(at, s, seed, other) {
  const [first, second, third, fourth] = [at(s), at(s + 8), at(s + 16), at(s + 24)];
  const a = u64(seed + first);
  const sum = u64(a + second + third);
  return [u64(sum + fourth), u64(rotate(u64(other + a + fourth), 21n) + rotate(sum, 44n) + a)];
}
