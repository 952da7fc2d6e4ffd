/* Times: seconds since 1970, and the parts of a date. */
#include "runner.h"
#include <math.h>
#include <string.h>

#define DAY 86400LL
/* The seconds at which the year 1 begins and the year 9999 ends. */
#define FIRST (-62135596800LL)
#define LAST 253402300799LL
static const double FARTHEST = 5; /* standard deviations beyond which all times are alike */
static const float FULL_TURN = 6.283185307179586f;

static long long divided(long long a, long long b) { return a / b - (a % b < 0); }
static long long rest(long long a, long long b) { return a - b * divided(a, b); }

/* Calendars of years that begin in March have their leap day last; they repeat after 400 years. */
static long long days_of(long long year, long long month, long long day) {
  long long y = month < 3 ? year - 1 : year;
  long long leap_days = divided(y, 4) - divided(y, 100) + divided(y, 400);
  return 365 * y + leap_days + (153 * rest(month - 3, 12) + 2) / 5 + day - 1 - 719468;
}

static void civil(long long days, long long *year, long long *month, long long *day) {
  long long era = divided(days + 719468, 146097), of_era = rest(days + 719468, 146097);
  long long y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  long long of_year = of_era - (365 * y + y / 4 - y / 100), march = (5 * of_year + 2) / 153;
  *month = rest(march + 2, 12) + 1;
  *year = y + era * 400 + (*month < 3);
  *day = of_year - (153 * march + 2) / 5 + 1;
}

/* Reads from `least` to `most` digits; returns whether they are there and their number is in the range. */
static int digits(const char **text, int least, int most, int from, int to, long long *number) {
  int count = 0;
  for (*number = 0; count < most && **text >= '0' && **text <= '9'; count++) *number = *number * 10 + *(*text)++ - '0';
  return count >= least && *number >= from && *number <= to;
}

static int one_of(const char **text, const char *letters) { return **text && strchr(letters, **text) ? *(*text)++ : 0; }

static int ends(const char *text) { return text[strspn(text, "\t\n\f\r ")] == 0; }

/* The offset from UTC after its sign, up to the end of the text: 1, 12, 130, 0130, 01:30. */
static int offset_of(const char *text, long long *seconds) {
  static const struct { int digits, from, to; } HOURS[] = {{2, 0, 19}, {1, 0, 9}, {2, 20, 23}};
  for (int way = 0; way < 3; way++) {
    const char *at = text;
    long long hours, minutes = 0;
    if (!digits(&at, HOURS[way].digits, HOURS[way].digits, HOURS[way].from, HOURS[way].to, &hours)) continue;
    one_of(&at, ":");
    const char *after = at;
    if (!digits(&after, 2, 2, 0, 59, &minutes)) minutes = 0, after = at;
    *seconds = hours * 3600 + minutes * 60;
    if (ends(after)) return 1;
  }
  return 0;
}

/* The time of the day and the offset; returns whether they are as ISO 8601 has them. */
static int clock_of(const char *at, long long *seconds) {
  long long hour, minute, second = 0, offset = 0;
  if (!one_of(&at, "Tt ") || !digits(&at, 1, 2, 0, 23, &hour) || !one_of(&at, ":")) return 0;
  if (!digits(&at, 2, 2, 0, 59, &minute)) return 0;
  if (one_of(&at, ":")) {
    if (!digits(&at, 2, 2, 0, 59, &second)) return 0;
    if (one_of(&at, ".,")) { /* a fraction, which is dropped */
      size_t length = strspn(at, "0123456789");
      if (!length) return 0;
      at += length;
    }
  }
  *seconds = hour * 3600 + minute * 60 + second;
  if (ends(at)) return 1;
  one_of(&at, " ");
  int sign = one_of(&at, "+-");
  if (!sign) return (!strncmp(at, "UTC", 3) && ends(at + 3)) || (one_of(&at, "Zz") && ends(at));
  if (!offset_of(at, &offset)) return 0;
  *seconds -= sign == '-' ? -offset : offset;
  return 1;
}

static int seconds_of_text(const char *at, long long *seconds) {
  long long year, month, day, y, m, d, of_day = 0;
  at += strspn(at, "\t\n\f\r ");
  if (!digits(&at, 4, 4, 1, 9999, &year) || !one_of(&at, "-")) return 0;
  if (!digits(&at, 1, 2, 1, 12, &month) || !one_of(&at, "-") || !digits(&at, 1, 2, 1, 31, &day)) return 0;
  if (!ends(at) && !clock_of(at, &of_day)) return 0;
  long long days = days_of(year, month, day);
  civil(days, &y, &m, &d);
  *seconds = days * DAY + of_day;
  return d == day; /* there is no 31 April */
}

int seconds_of(const struct value *v, long long per_second, long long *seconds) {
  if (per_second == 0) return seconds_of_text(v->text, seconds);
  if (per_second > 0) return *seconds = divided(v->integer, per_second), 1;
  int in_range = v->integer >= FIRST / DAY && v->integer <= LAST / DAY;
  return *seconds = in_range ? v->integer * DAY : 0, in_range;
}

static float score(const struct moment *t, int which, double x) {
  double z = x - t->mean[which];
  if (t->deviation[which] != 0) z /= t->deviation[which];
  return (float)(z < -FARTHEST ? -FARTHEST : z > FARTHEST ? FARTHEST : z);
}

/* Writes the z-scores of the year and of the time, the sine and cosine of month, weekday and hour, and 0; or of a time
 * that is missing, zeros and 1. `v` is null if it is. */
void time_parts(const struct moment *t, const struct value *v, float parts[9]) {
  long long seconds, year, month, day;
  memset(parts, 0, 9 * sizeof(float));
  parts[8] = 1;
  if (!v || !seconds_of(v, t->per_second, &seconds) || seconds < FIRST || seconds > LAST) return;
  long long days = divided(seconds, DAY);
  civil(days, &year, &month, &day);
  float shares[] = {(month - 1) / 12.0f, rest(days + 3, 7) / 7.0f, rest(seconds, DAY) / 3600 / 24.0f}; /* day 0: Thursday */
  parts[0] = score(t, 0, year), parts[1] = score(t, 1, seconds), parts[8] = 0;
  for (int i = 0; i < 3; i++) parts[2 + 2 * i] = sinf(shares[i] * FULL_TURN), parts[3 + 2 * i] = cosf(shares[i] * FULL_TURN);
}
