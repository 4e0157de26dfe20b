/* mend_time.h: rounding of dates and times that are finer than their column; mend.c alone includes it. */
#ifndef WHERRY_MEND_TIME_H
#define WHERRY_MEND_TIME_H

#include "codec.h"

/* Where a column's moments or durations are numbers of a unit: the digits after the point that it keeps of them, below
 * 0 for zeros before it. 0, or -1: they are no such numbers. */
int mend_time_scale(const struct codec *codec, const struct codec_hint *hint, int64_t *scale);

/* Rounds a text's fraction of a second to the digits that its column keeps, a half upwards. As mend_cell. */
int mend_time(const struct codec *codec, const struct codec_hint *hint, const struct cell *c, const unsigned char *data,
              struct cell *out, struct bytes *arena, struct err *e);

#endif
