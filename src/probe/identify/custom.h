/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custom: nDPI's own files of protocols and categories, looked through before the library reads
 * them, which passes over what it does not understand. Inside src/probe/identify only.
 */
#ifndef WANGLOU_PROBE_IDENTIFY_CUSTOM_H
#define WANGLOU_PROBE_IDENTIFY_CUSTOM_H

#include "lib/err.h"

/* -1 with file, line and reason. Lines "tcp:81,udp:90-95,host:\"x.test\",ip:10.0.0.0/8@Name". */
int
custom_protocols(const char *path, struct err *e);

/* Lines of a host name or an IPv4 address or network, a tab, and a category's number below `end`.
 */
int
custom_categories(const char *path, unsigned end, struct err *e);

#endif
