/* FarmHash's Fingerprint64, by which TensorFlow chooses the bucket of a word that no vocabulary has
 * (Geoff Pike, FarmHash, 2014: https://github.com/google/farmhash). */
#include "runner.h"
#include <stdint.h>
#include <string.h>

static const uint64_t K0 = 0xc3a5c85c97cb3127u, K1 = 0xb492b66fbe98f273u, K2 = 0x9ae16a3b2f90404fu;

struct pair { uint64_t a, b; };

static uint64_t at(const unsigned char *s, int bytes) { /* little-endian */
  uint64_t x = 0;
  while (bytes--) x = x << 8 | s[bytes];
  return x;
}

static uint64_t rotate(uint64_t x, int by) { return x >> by | x << (64 - by); }
static uint64_t shifted(uint64_t x) { return x ^ x >> 47; }

static uint64_t mix(uint64_t u, uint64_t v, uint64_t mul) {
  uint64_t a = shifted((u ^ v) * mul);
  return shifted((v ^ a) * mul) * mul;
}

static struct pair weak(const unsigned char *s, uint64_t seed, uint64_t other) {
  uint64_t a = seed + at(s, 8), sum = a + at(s + 8, 8) + at(s + 16, 8);
  return (struct pair){sum + at(s + 24, 8), rotate(other + a + at(s + 24, 8), 21) + rotate(sum, 44) + a};
}

static uint64_t of_long(const unsigned char *s, uint64_t length) {
  uint64_t x = 81 * K2 + at(s, 8), y = 81 * K1 + 113, z = shifted(y * K2 + 113) * K2, rest = (length - 1) & 63;
  struct pair v = {0, 0}, w = {0, 0};
  for (uint64_t done = 0;; done += 64) {
    int is_last = done == length - 1 - rest;
    uint64_t mul = is_last ? K1 + ((z & 0xff) << 1) : K1, nine = is_last ? 9 : 1, swap;
    const unsigned char *p = is_last ? s + length - 64 : s + done;
    if (is_last) w.a += rest, v.a += w.a, w.a += v.a;
    x = rotate(x + y + v.a + at(p + 8, 8), 37) * mul ^ w.b * nine;
    y = rotate(y + v.b + at(p + 48, 8), 42) * mul + v.a * nine + at(p + 40, 8);
    z = rotate(z + w.a, 33) * mul;
    v = weak(p, v.b * mul, x + w.a);
    w = weak(p + 32, z + w.b, y + at(p + 16, 8));
    swap = z, z = x, x = swap;
    if (is_last) return mix(mix(v.a, w.a, mul) + shifted(y) * K0 + z, mix(v.b, w.b, mul) + x, mul);
  }
}

unsigned long long fingerprint(const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  uint64_t n = strlen(text), mul = K2 + 2 * n;
  if (n > 64) return of_long(s, n);
  if (n == 0) return K2;
  if (n < 4) return shifted((s[0] + ((uint64_t)s[n >> 1] << 8)) * K2 ^ (n + ((uint64_t)s[n - 1] << 2)) * K0) * K2;
  if (n < 8) return mix(n + (at(s, 4) << 3), at(s + n - 4, 4), mul);
  if (n <= 16) {
    uint64_t a = at(s, 8) + K2, b = at(s + n - 8, 8);
    return mix(rotate(b, 37) * mul + a, (rotate(a, 25) + b) * mul, mul);
  }
  uint64_t a = at(s, 8) * (n > 32 ? K2 : K1), b = at(s + 8, 8), c = at(s + n - 8, 8) * mul, d = at(s + n - 16, 8) * K2;
  uint64_t y = rotate(a + b, 43) + rotate(c, 30) + d, z = mix(y, a + rotate(b + K2, 18) + c, mul);
  if (n <= 32) return z;
  uint64_t e = at(s + 16, 8) * mul, f = at(s + 24, 8), g = (y + at(s + n - 32, 8)) * mul, h = (z + at(s + n - 24, 8)) * mul;
  return mix(rotate(e + f, 43) + rotate(g, 30) + h, e + rotate(f + a, 18) + g, mul);
}
