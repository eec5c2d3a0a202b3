/* SPDX-License-Identifier: Apache-2.0 */
/* ldap_note: what signatures look at in LDAP's operations, kept in the transaction's bag. */
#ifndef WANGLOU_PROBE_L7_LDAP_NOTE_H
#define WANGLOU_PROBE_L7_LDAP_NOTE_H

#include "../item.h"
#include "probe/l7/ldap.h"

struct ldap_note;

struct ldap_notes {
	struct ldap_note *first, *last;
	uint16_t n;
};

/* Note an operation: its name, names of attributes, their values; secret ones are left out. */
void
ldap_note(struct l7 *l, struct l7_item *item, struct ldap_notes *notes, const struct ldap *m);

/* The buffers and numbers of requests and responses. */
bool
ldap_note_buffer(const struct ldap_notes *notes, const struct l7_ask *ask, struct view *out);
bool
ldap_note_number(const struct ldap_notes *notes, const struct l7_ask *ask, uint64_t *out);

#endif
