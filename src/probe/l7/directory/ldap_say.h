/* SPDX-License-Identifier: Apache-2.0 */
/* ldap_say: an LDAP operation put on the tape of its transaction's record. */
#ifndef WANGLOU_PROBE_L7_LDAP_SAY_H
#define WANGLOU_PROBE_L7_LDAP_SAY_H

#include "probe/l7/ldap.h"
#include "tape.h"

/* The members of ldap_request or ldap_response, inside an object that is open. */
void
ldap_say(const struct tape_head *h, const struct ldap *m);

#endif
