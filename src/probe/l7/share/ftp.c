/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "probe/l7/ftp.h"
#include "probe/l7/parse.h"

static const char *const verbs[] = { "ABOR", "ACCT", "ALLO", "APPE", "AUTH", "CCC", "CDUP", "CLNT",
	"CWD", "DELE", "ENC", "EPRT", "EPSV", "FEAT", "HASH", "HELP", "HOST", "LANG", "LIST",
	"LPRT", "LPSV", "MDTM", "MFMT", "MIC", "MKD", "MLSD", "MLST", "MODE", "NLST", "NOOP",
	"OPTS", "PASS", "PASV", "PBSZ", "PORT", "PROT", "PWD", "QUIT", "REIN", "REST", "RETR",
	"RMD", "RNFR", "RNTO", "SITE", "SIZE", "SMNT", "STAT", "STOR", "STOU", "STRU", "SYST",
	"TYPE", "USER", "XCWD", "XMKD", "XPWD", "XRMD" };

bool
ftp_verb(struct view word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strlen(verbs[i]) == word.len &&
		    strncasecmp(verbs[i], (const char *)word.ptr, word.len) == 0)
			return true;
	}
	return false;
}

long
ftp_command(struct view bytes, struct ftp_command *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line = bytes;
	uint8_t byte;
	size_t n = 0;
	bool ended = cursor_line(&c, &line);
	if (!ended && bytes.len < FTP_LINE_MAX)
		return L7_MORE;
	*out = (struct ftp_command){ .cut = line.len > FTP_LINE_MAX || !ended, .open = !ended };
	if (line.len > FTP_LINE_MAX)
		line.len = FTP_LINE_MAX;
	if (!ended)
		(void)cursor_skip(&c, line.len);
	struct cursor in = cursor_of_view(line);
	while (cursor_peek(&in, n, &byte) && byte != ' ') {
		if (byte < ' ' && byte != '\t')
			return L7_BAD;
		n++;
	}
	(void)cursor_take(&in, n, &out->verb);
	if (cursor_skip(&in, 1))
		(void)cursor_take(&in, cursor_left(&in), &out->argument);
	return (long)(bytes.len - cursor_left(&c));
}

static bool
digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

long
ftp_line(struct view bytes, struct ftp_line *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t d[3], sep = ' ';
	*out = (struct ftp_line){ .text = bytes };
	out->open = !cursor_line(&c, &out->text);
	if (out->open && bytes.len < FTP_LINE_MAX)
		return L7_MORE;
	out->cut = out->open || out->text.len > FTP_LINE_MAX;
	if (out->text.len > FTP_LINE_MAX)
		out->text.len = FTP_LINE_MAX;
	if (out->open)
		(void)cursor_skip(&c, out->text.len);
	long used = (long)(bytes.len - cursor_left(&c));
	struct cursor in = cursor_of_view(out->text), code = in;
	if (!cursor_copy(&in, d, 3) || !digit(d[0]) || !digit(d[1]) || !digit(d[2]))
		return used;
	if (cursor_u8(&in, &sep) && sep != ' ' && sep != '-')
		return used;
	(void)cursor_take(&code, 3, &out->code);
	(void)cursor_take(&in, cursor_left(&in), &out->text);
	out->number = (uint16_t)((d[0] - '0') * 100 + (d[1] - '0') * 10 + d[2] - '0');
	out->more = sep == '-';
	return used;
}

/* The next decimal number, skipping what is none; false at the end or above 65535. */
static bool
number(struct cursor *c, unsigned *out)
{
	uint8_t b = 0;
	while (cursor_peek(c, 0, &b) && !digit(b))
		(void)cursor_skip(c, 1);
	if (!cursor_left(c))
		return false;
	*out = 0;
	while (cursor_peek(c, 0, &b) && digit(b) && *out <= UINT16_MAX) {
		*out = *out * 10 + b - '0';
		(void)cursor_skip(c, 1);
	}
	return *out <= UINT16_MAX;
}

/* "h1,h2,h3,h4,p1,p2" (RFC 959, 4.1.2). */
static uint16_t
port_of_six(struct cursor c)
{
	unsigned v[6];
	for (int i = 0; i < 6; i++) {
		if (!number(&c, &v[i]) || v[i] > 255)
			return 0;
	}
	return (uint16_t)(v[4] << 8 | v[5]);
}

/* "|1|132.235.1.2|6275|" or "|||6275|" (RFC 2428): the field behind the third delimiter. */
static uint16_t
port_of_extended(struct cursor c)
{
	uint8_t delimiter = 0, b;
	unsigned v;
	while (cursor_u8(&c, &delimiter) && (delimiter == ' ' || delimiter == '('))
		;
	for (int seen = 1; seen < 3;) {
		if (!cursor_u8(&c, &b))
			return 0;
		seen += b == delimiter;
	}
	return number(&c, &v) ? (uint16_t)v : 0;
}

/* Skip to the parenthesis of a reply's text, when there is one. */
static struct cursor
inside(struct view text)
{
	struct cursor c = cursor_of_view(text), all = c;
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (b == '(')
			return c;
	}
	return all;
}

static bool
same(struct view word, const char *text)
{
	return word.len == strlen(text) && strncasecmp((const char *)word.ptr, text, word.len) == 0;
}

uint16_t
ftp_port(struct view verb, struct view text)
{
	if (same(verb, "PORT"))
		return port_of_six(cursor_of_view(text));
	if (same(verb, "EPRT"))
		return port_of_extended(cursor_of_view(text));
	if (same(verb, "PASV"))
		return port_of_six(inside(text));
	if (same(verb, "EPSV"))
		return port_of_extended(inside(text));
	return 0;
}
