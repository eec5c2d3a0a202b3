/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/* Everything handed out is chained here, so that freeing needs no walk. */
struct piece {
	struct piece *next;
	char bytes[];
};

struct ytree {
	struct piece *pieces;
	struct ytree_node *root;
	const char *name;
	yaml_parser_t parser;
};

static void *
piece_new(struct ytree *y, size_t n)
{
	struct piece *p = calloc(1, sizeof(*p) + n);
	if (!p)
		return NULL;
	p->next = y->pieces;
	y->pieces = p;
	return p->bytes;
}

static uint32_t
event_line(const yaml_event_t *ev)
{
	return (uint32_t)ev->start_mark.line + 1;
}

/* libyaml counts its lines from 0. */
static int
syntax_error(struct ytree *y, struct err *e)
{
	const yaml_parser_t *p = &y->parser;
	size_t line = p->problem_mark.line ? p->problem_mark.line : p->context_mark.line;
	return err_set(e, "%s:%zu: %s", y->name, line + 1, p->problem ? p->problem : "not YAML");
}

static int
next_event(struct ytree *y, yaml_event_t *ev, struct err *e)
{
	return yaml_parser_parse(&y->parser, ev) ? 0 : syntax_error(y, e);
}

static const char *
copy_text(struct ytree *y, const yaml_event_t *ev, struct err *e)
{
	size_t n = ev->data.scalar.length;
	if (memchr(ev->data.scalar.value, 0, n)) {
		err_set(e, "%s:%u: a text holds a NUL character", y->name, event_line(ev));
		return NULL;
	}
	char *text = piece_new(y, n + 1);
	if (!text) {
		err_set(e, "%s: out of memory", y->name);
		return NULL;
	}
	memcpy(text, ev->data.scalar.value, n);
	return text;
}

static struct ytree_node *
read_value(struct ytree *y, yaml_event_t *ev, unsigned depth, struct err *e);

static int
read_list(struct ytree *y, struct ytree_node *list, unsigned depth, struct err *e)
{
	struct ytree_node **tail = &list->child;
	for (;;) {
		yaml_event_t ev;
		if (next_event(y, &ev, e) < 0)
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&ev);
			return 0;
		}
		*tail = read_value(y, &ev, depth + 1, e);
		if (!*tail)
			return -1;
		tail = &(*tail)->next;
	}
}

static struct ytree_node *
read_pair(
    struct ytree *y, const struct ytree_node *map, yaml_event_t *key, unsigned depth, struct err *e)
{
	uint32_t line = event_line(key);
	if (key->type != YAML_SCALAR_EVENT) {
		err_set(e, "%s:%u: a key must be plain text", y->name, line);
		yaml_event_delete(key);
		return NULL;
	}
	const char *text = copy_text(y, key, e);
	yaml_event_delete(key);
	if (!text)
		return NULL;
	const struct ytree_node *twin = ytree_get(map, text);
	if (twin) {
		err_set(e, "%s:%u: key %s stands here again, first in line %u", y->name, line, text,
		    twin->line);
		return NULL;
	}
	yaml_event_t ev;
	if (next_event(y, &ev, e) < 0)
		return NULL;
	struct ytree_node *value = read_value(y, &ev, depth + 1, e);
	if (value) {
		value->key = text;
		value->line = line;
	}
	return value;
}

static int
read_map(struct ytree *y, struct ytree_node *map, unsigned depth, struct err *e)
{
	struct ytree_node **tail = &map->child;
	for (;;) {
		yaml_event_t ev;
		if (next_event(y, &ev, e) < 0)
			return -1;
		if (ev.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&ev);
			return 0;
		}
		*tail = read_pair(y, map, &ev, depth, e);
		if (!*tail)
			return -1;
		tail = &(*tail)->next;
	}
}

static bool
has_anchor(const yaml_event_t *ev)
{
	return ev->type == YAML_ALIAS_EVENT ||
	       (ev->type == YAML_SCALAR_EVENT && ev->data.scalar.anchor) ||
	       (ev->type == YAML_SEQUENCE_START_EVENT && ev->data.sequence_start.anchor) ||
	       (ev->type == YAML_MAPPING_START_EVENT && ev->data.mapping_start.anchor);
}

/* Read what begins with this event, which is released. */
static struct ytree_node *
read_value(struct ytree *y, yaml_event_t *ev, unsigned depth, struct err *e)
{
	struct ytree_node *node = NULL;
	int rc = 0;
	if (has_anchor(ev)) {
		err_set(e, "%s:%u: anchors and aliases are not allowed", y->name, event_line(ev));
		goto out;
	}
	if (depth > YTREE_MAX_DEPTH) {
		err_set(
		    e, "%s:%u: nested deeper than %d", y->name, event_line(ev), YTREE_MAX_DEPTH);
		goto out;
	}
	node = piece_new(y, sizeof(*node));
	if (!node) {
		err_set(e, "%s: out of memory", y->name);
		goto out;
	}
	node->line = event_line(ev);
	if (ev->type == YAML_SCALAR_EVENT) {
		node->kind = YTREE_TEXT;
		node->text = copy_text(y, ev, e);
		rc = node->text ? 0 : -1;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = YTREE_LIST;
		rc = read_list(y, node, depth, e);
	} else {
		node->kind = YTREE_MAP;
		rc = read_map(y, node, depth, e);
	}
out:
	yaml_event_delete(ev);
	return rc < 0 ? NULL : node;
}

/* Stream and document frames around the one value. */
static int
read_document(struct ytree *y, struct err *e)
{
	for (;;) {
		yaml_event_t ev;
		if (next_event(y, &ev, e) < 0)
			return -1;
		yaml_event_type_t type = ev.type;
		if (type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&ev);
			return 0;
		}
		if (type == YAML_DOCUMENT_START_EVENT && y->root) {
			uint32_t line = event_line(&ev);
			yaml_event_delete(&ev);
			return err_set(e, "%s:%u: a second document begins", y->name, line);
		}
		if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
		    type == YAML_DOCUMENT_END_EVENT) {
			yaml_event_delete(&ev);
			continue;
		}
		y->root = read_value(y, &ev, 0, e);
		if (!y->root)
			return -1;
	}
}

struct ytree *
ytree_parse(const void *data, size_t n, const char *name, struct err *e)
{
	struct ytree *y = calloc(1, sizeof(*y));
	if (!y || !yaml_parser_initialize(&y->parser)) {
		free(y);
		err_set(e, "%s: out of memory", name);
		return NULL;
	}
	y->name = name;
	yaml_parser_set_input_string(&y->parser, data, n);
	int rc = read_document(y, e);
	yaml_parser_delete(&y->parser);
	y->name = NULL;
	if (rc < 0) {
		ytree_free(y);
		return NULL;
	}
	return y;
}

/* The whole file in one piece of memory, at most YTREE_MAX_BYTES; NULL with the reason in *e. */
static char *
read_file(int fd, const char *path, size_t *n, struct err *e)
{
	size_t room = 65536, len = 0;
	char *bytes = malloc(room);
	ssize_t got = 0;
	while (bytes && (got = read(fd, bytes + len, room - len)) > 0) {
		len += (size_t)got;
		if (len < room)
			continue;
		char *more = room < YTREE_MAX_BYTES ? realloc(bytes, room * 2) : NULL;
		if (!more) {
			err_set(e, "%s: larger than %u bytes", path, YTREE_MAX_BYTES);
			free(bytes);
			return NULL;
		}
		bytes = more;
		room *= 2;
	}
	if (!bytes || got < 0) {
		err_set(e, "%s: %s", path, strerror(bytes ? errno : ENOMEM));
		free(bytes);
		return NULL;
	}
	*n = len;
	return bytes;
}

struct ytree *
ytree_load(const char *path, struct err *e)
{
	struct ytree *y = NULL;
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, "%s: %s", path, strerror(errno));
		return NULL;
	}
	char *bytes = read_file(fd, path, &n, e);
	close(fd);
	if (bytes)
		y = ytree_parse(bytes, n, path, e);
	free(bytes);
	return y;
}

void
ytree_free(struct ytree *y)
{
	if (!y)
		return;
	for (struct piece *p = y->pieces, *next; p; p = next) {
		next = p->next;
		free(p);
	}
	free(y);
}

const struct ytree_node *
ytree_root(const struct ytree *y)
{
	return y->root;
}

const struct ytree_node *
ytree_get(const struct ytree_node *map, const char *key)
{
	if (!map || map->kind != YTREE_MAP)
		return NULL;
	for (const struct ytree_node *n = map->child; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}
