/* SPDX-License-Identifier: Apache-2.0 */
/* What a server said to a transaction, for who judges alerts. */
#include "row.h"

bool
l7_tx_answer(const struct l7_tx *tx, struct l7_answered *out)
{
	const struct l7_row *row = l7_row(tx->proto);
	*out = (struct l7_answered){ 0 };
	return row && row->answer && tx->data && row->answer(tx->data, out) &&
	       out->is != L7_ANSWER_NONE;
}

void
l7_watch(struct flow *f)
{
	if (f->l7 && !f->l7->stopped) /* one that stopped may be shared */
		f->l7->watched = true;
}
