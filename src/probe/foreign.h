/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreign: settings under the names Suricata has for them (docs.suricata.io, suricata.yaml), so
 * that its command lines work here. Start-up only.
 */
#ifndef WANGLOU_PROBE_FOREIGN_H
#define WANGLOU_PROBE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* What becomes of an assignment "key=value". */
enum foreign {
	FOREIGN_NOT,     /* it is none of Suricata's that we know */
	FOREIGN_SAME,    /* `out` has it under our name */
	FOREIGN_NOTHING, /* it has no meaning here */
};

/* Look an assignment up; `out` gets at most n bytes. */
enum foreign
foreign_setting(const char *assignment, char *out, size_t n);

#endif
