/* SPDX-License-Identifier: Apache-2.0 */
#include "mail.h"

#include <strings.h>

#include "wire/event.h"

#define TEXT_MAX 1000 /* bytes of a field kept */
#define RECEIVED_MAX 16

/* EV_KEY, for a table. */
#define KEY(name) (&#name[0 * sizeof(((const struct ev_email *)NULL)->name)])

struct row {
	const char *name; /* in the header */
	const char *key;
	uint8_t list; /* MAIL_LISTS: a single text */
	uint8_t field;
};

static const struct row rows[] = {
	{ "from", KEY(from), MAIL_LISTS, MAIL_FROM },
	{ "reply-to", KEY(reply_to), MAIL_LISTS, MAIL_REPLY_TO },
	{ "return-path", KEY(return_path), MAIL_LISTS, MAIL_RETURN_PATH },
	{ "to", KEY(to), MAIL_TO, 0 },
	{ "cc", KEY(cc), MAIL_CC, 0 },
	{ "bcc", KEY(bcc), MAIL_BCC, 0 },
	{ "subject", KEY(subject), MAIL_LISTS, MAIL_SUBJECT },
	{ "date", KEY(date), MAIL_LISTS, MAIL_DATE },
	{ "message-id", KEY(message_id), MAIL_LISTS, MAIL_MESSAGE_ID },
	{ "in-reply-to", KEY(in_reply_to), MAIL_LISTS, MAIL_IN_REPLY_TO },
	{ "x-mailer", KEY(x_mailer), MAIL_LISTS, MAIL_X_MAILER },
	{ "user-agent", KEY(user_agent), MAIL_LISTS, MAIL_USER_AGENT },
	{ "x-originating-ip", KEY(x_originating_ip), MAIL_LISTS, MAIL_X_ORIGINATING_IP },
	{ "mime-version", KEY(mime_version), MAIL_LISTS, MAIL_MIME_VERSION },
	{ "content-type", KEY(content_type), MAIL_LISTS, MAIL_CONTENT_TYPE },
	{ "received", KEY(received), MAIL_RECEIVED, 0 },
	{ NULL, KEY(attachment), MAIL_ATTACHMENT, 0 },
	{ NULL, KEY(url), MAIL_URL, 0 },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

void
mail_list_add(struct l7 *l, void *item, struct mail_list *list, struct view text, size_t max)
{
	struct l7_item *i = item;
	struct mail_node *node = NULL;
	if (list->n < MAIL_LIST)
		node = bag_room(&l->texts, &i->bag, sizeof(*node));
	if (!node) {
		list->left_out += list->left_out < UINT16_MAX;
		return;
	}
	*node = (struct mail_node){ .text = l7_text(l, item, text, max) };
	*(list->last ? &list->last->next : &list->first) = node;
	list->last = node;
	list->n++;
}

void
mail_list_write(const struct mail_list *list, struct jw *w, const char *key)
{
	if (!list->n)
		return;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (const struct mail_node *n = list->first; n; n = n->next)
		jw_view(w, n->text);
	jw_array_end(w);
}

static const struct row *
row_of(struct view name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].name && strlen(rows[i].name) == name.len &&
		    strncasecmp(rows[i].name, (const char *)name.ptr, name.len) == 0)
			return &rows[i];
	}
	return NULL;
}

static void
keep_addresses(const struct mail_at *at, struct mail_list *list, struct view value)
{
	struct cursor c = cursor_of_view(value);
	struct view one;
	char text[TEXT_MAX];
	while (mime_address(&c, &one)) {
		size_t n = mime_text(one, text, sizeof(text));
		mail_list_add(at->l, at->item, list, (struct view){ (uint8_t *)text, n }, TEXT_MAX);
	}
}

static void
on_field(void *to, struct view name, struct view value)
{
	const struct mail_at *at = to;
	const struct row *row = row_of(name);
	char text[TEXT_MAX];
	if (!row)
		return;
	if (row->list != MAIL_LISTS && row->list != MAIL_RECEIVED) {
		keep_addresses(at, &at->mail->list[row->list], value);
		return;
	}
	size_t n = mime_text(value, text, sizeof(text));
	struct view kept = { (uint8_t *)text, n };
	struct mail_list *received = &at->mail->list[MAIL_RECEIVED];
	if (row->list != MAIL_RECEIVED) {
		struct view *field = &at->mail->field[row->field];
		if (!field->ptr)
			*field = l7_text(at->l, at->item, kept, TEXT_MAX);
	} else if (received->n < RECEIVED_MAX) {
		mail_list_add(at->l, at->item, received, kept, TEXT_MAX);
	}
}

static void
on_file(void *to, struct view name)
{
	const struct mail_at *at = to;
	const struct l7_item *item = at->item;
	struct mail *m = at->mail;
	const struct l7_file_head head = { .name = name, .dir = m->dir, .tx_id = item->id };
	m->file = l7_file_open(at->l, at->lf, &head);
	if (name.len)
		mail_list_add(at->l, at->item, &m->list[MAIL_ATTACHMENT], name, TEXT_MAX);
}

static void
on_bytes(void *to, struct view bytes)
{
	const struct mail_at *at = to;
	l7_file_add(at->l, at->mail->file, bytes);
}

static void
file_over(const struct mail_at *at, bool whole)
{
	struct mail *m = at->mail;
	if (m->file && whole && m->file_n < MAIL_FILES)
		m->done[m->file_n++] = m->file;
	else
		l7_file_close(
		    at->l, at->lf, m->file, whole ? L7_FILE_CLOSED : L7_FILE_TRUNCATED, at->item);
	m->file = NULL;
}

static void
on_file_end(void *to)
{
	file_over(to, true);
}

static void
on_url(void *to, struct view url)
{
	const struct mail_at *at = to;
	struct mail_list *list = &at->mail->list[MAIL_URL];
	for (const struct mail_node *n = list->first; n; n = n->next) {
		if (n->text.len == url.len && memcmp(n->text.ptr, url.ptr, url.len) == 0)
			return;
	}
	mail_list_add(at->l, at->item, list, url, MIME_URL_MAX);
}

static void
on_odd(void *to, enum mime_odd odd)
{
	const struct mail_at *at = to;
	const struct l7_item *item = at->item;
	l7_odd(at->l, at->lf, mime_odd_name(odd), (int64_t)item->id, at->mail->dir);
}

static struct mime_sink
sink_of(const struct mail_at *at)
{
	return (struct mime_sink){ .to = (void *)(uintptr_t)at,
		.field = on_field,
		.file = on_file,
		.bytes = on_bytes,
		.file_end = on_file_end,
		.url = on_url,
		.odd = on_odd };
}

void
mail_begin(struct mail *m, bool dots, enum dir dir)
{
	m->open = true;
	m->dir = (uint8_t)dir;
	mime_begin(&m->mime, dots);
}

size_t
mail_feed(const struct mail_at *at, struct view bytes, bool last)
{
	const struct mime_sink sink = sink_of(at);
	return mime_feed(&at->mail->mime, bytes, last, &sink);
}

void
mail_lost(const struct mail_at *at, uint64_t n)
{
	at->mail->damaged = true;
	l7_file_gap(at->l, at->mail->file, n);
	mime_gap(&at->mail->mime);
}

void
mail_end(const struct mail_at *at, bool whole)
{
	const struct mime_sink sink = sink_of(at);
	struct mail *m = at->mail;
	if (!m->open || mail_ended(m))
		return;
	if (!whole) {
		m->damaged = true;
		file_over(at, false);
		m->mime.file = false;
		return;
	}
	mime_end(&m->mime, &sink);
}

void
mail_close(const struct mail_at *at)
{
	struct mail *m = at->mail;
	if (m->open && !mail_ended(m))
		mail_end(at, false);
	for (uint8_t i = 0; i < m->file_n; i++)
		l7_file_close(at->l, at->lf, m->done[i], L7_FILE_CLOSED, at->item);
	m->file_n = 0;
}

/* EVE's words. */
static const char *
status(const struct mail *m)
{
	if (mail_ended(m))
		return m->damaged ? "PARSE_ERROR" : "PARSE_DONE";
	return m->mime.state == MIME_HEAD && m->mime.top ? "HEADER_STARTED" : "BODY_STARTED";
}

void
mail_write(const struct mail *m, struct jw *w)
{
	if (!m->open)
		return;
	jw_key(w, "email");
	jw_object(w);
	ev_key(w, email, status);
	jw_word(w, status(m));
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].list != MAIL_LISTS)
			mail_list_write(&m->list[rows[i].list], w, rows[i].key);
		else if (m->field[rows[i].field].ptr)
			jw_put_bytes(w, rows[i].key, m->field[rows[i].field].ptr,
			    m->field[rows[i].field].len);
	}
	jw_object_end(w);
}
