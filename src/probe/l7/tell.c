/* SPDX-License-Identifier: Apache-2.0 */
/* What l7 tells of transactions and flows to who writes events. */
#include "row.h"

void
l7_tx_write(const struct l7_tx *tx, struct jw *w)
{
	const struct l7_row *row = l7_row(tx->proto);
	if (row && tx->data)
		row->write(tx->data, w);
}

bool
l7_tx_record(const struct l7_tx *tx)
{
	const struct l7_row *row = l7_row(tx->proto);
	if (!row || !tx->data || !(tx->ready & L7_READY_EVENT))
		return false;
	return !row->record || row->record(tx->data);
}

bool
l7_tx_from_server(const struct l7_tx *tx)
{
	const struct l7_row *row = l7_row(tx->proto);
	return row && row->one_way && tx->dir == DIR_TO_CLIENT;
}

enum l7_login
l7_tx_login(const struct l7_tx *tx, const char **kind)
{
	const struct l7_row *row = l7_row(tx->proto);
	if (!row || !row->login || !tx->data || !(tx->ready & L7_READY_EVENT))
		return L7_LOGIN_NONE;
	*kind = row->name;
	return row->login(tx->data);
}

uint64_t
l7_tx_count(const struct flow *f)
{
	uint64_t n = 0;
	for (const struct l7_flow *lf = f->l7; lf; lf = lf->before)
		n += lf->next_id;
	return n;
}

void
l7_proto_more(
    const struct flow *f, const char **orig, const char **to_server, const char **to_client)
{
	const struct l7_flow *lf = f->l7;
	*orig = *to_server = *to_client = NULL;
	if (!lf)
		return;
	if (lf->before && lf->proto != L7_UNKNOWN)
		*orig = l7_proto_name(lf->before->proto);
	if (lf->deaf)
		*to_server = l7_proto_name(L7_FAILED);
	if (lf->other != L7_UNKNOWN)
		*(lf->other_dir == DIR_TO_CLIENT ? to_client : to_server) =
		    l7_proto_name(lf->other);
}

void
l7_flow_write(const struct flow *f, struct jw *w)
{
	for (const struct l7_flow *lf = f->l7; lf; lf = lf->before) {
		const struct l7_row *row = l7_row(lf->proto);
		if (row && row->flow_write && lf->state) {
			row->flow_write(lf->state, w);
			return;
		}
	}
}

enum l7_login
l7_ssh_outcome(const struct flow *f, unsigned *tries)
{
	*tries = 0;
	if (!f->l7 || f->l7->proto != L7_SSH || !f->l7->state)
		return L7_LOGIN_NONE;
	return l7_ssh_judge(f->l7->state, tries);
}
