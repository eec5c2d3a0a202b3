/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odd: numbers of what include/probe/odd.def names. Bits of them stand in a packet (decode) and are
 * asked of the flow table (streams).
 */
#ifndef WANGLOU_PROBE_ODD_H
#define WANGLOU_PROBE_ODD_H

enum odd_decode {
#define ODD_DECODE(id, name) ODD_##id,
#include "probe/odd.def"
	ODD_DECODE_COUNT
};

enum odd_hint {
#define ODD_HINT(id, name) HINT_##id,
#include "probe/odd.def"
	ODD_HINT_COUNT
};

/* Of both in one list: decode's rows, then the hints. */
#define ODD_EVENTS (ODD_DECODE_COUNT + ODD_HINT_COUNT)

enum odd_stream {
#define ODD_STREAM(id, name) ODD_STREAM_##id,
#include "probe/odd.def"
	ODD_STREAM_COUNT
};

enum odd_segment {
#define ODD_SEGMENT(id, name) SEGMENT_##id,
#include "probe/odd.def"
	ODD_SEGMENT_COUNT
};

_Static_assert(ODD_SEGMENT_COUNT <= 64, "a bit each");
_Static_assert(
    ODD_DECODE_COUNT <= 64 && ODD_HINT_COUNT <= 64 && ODD_STREAM_COUNT <= 16, "a bit each");

#endif
