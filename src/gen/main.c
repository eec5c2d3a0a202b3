/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wanglou-gen: writes on stdout what is made from the tables.
 *
 *     wanglou-gen schema | events | counters | probe-yaml | collector-yaml | probe-options |
 * collector-options
 */
#include <stdio.h>
#include <string.h>

#include "collector/options.h"
#include "lib/conf.h"
#include "probe/options.h"
#include "table.h"

static const char *const common[] = { "segment", "geoip", "ndpi", "traffic", "metadata" };

/* Call fn for each field of an object. */
static void
each_field(const char *object, void (*fn)(const struct field_row *f, void *context), void *context)
{
	bool inside = false;
	for (size_t i = 0; i < table_fields_n; i++) {
		const struct field_row *f = &table_fields[i];
		if (f->object)
			inside = strcmp(f->object, object) == 0;
		else if (inside)
			fn(f, context);
	}
}

/* Call fn for each object an event carries. */
static void
each_has(const char *event, void (*fn)(const struct has_row *h, void *context), void *context)
{
	bool inside = false;
	for (size_t i = 0; i < table_has_n; i++) {
		const struct has_row *h = &table_has[i];
		if (h->event)
			inside = strcmp(h->event, event) == 0;
		else if (inside)
			fn(h, context);
	}
}

/* ---- JSON schema (draft 7) ---- */

static void
schema_type(const struct field_row *f)
{
	static const char stamp[] =
	    "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T"
	    "[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{6}\\\\+0000$\"";
	static const char *const type[] = {
		[F_INT] = "{\"type\":\"integer\",\"minimum\":0",
		[F_NUMBER] = "{\"type\":\"number\"",
		[F_BOOL] = "{\"type\":\"boolean\"",
		[F_TIME] = stamp,
		[F_TEXT] = "{\"type\":\"string\"",
	};
	if (f->type == F_OBJECT)
		printf("{\"$ref\":\"#/definitions/%s\"}", f->extra);
	else if (f->type == F_JSON)
		printf("%s", f->extra);
	else
		printf("%s,\"description\":\"%s\"}", type[f->type], f->doc);
}

static void
schema_property(const struct field_row *f, void *context)
{
	bool *comma = context;
	printf("%s\n      \"%s\":", *comma ? "," : "", f->name);
	schema_type(f);
	*comma = true;
}

static void
schema_required(const struct field_row *f, void *context)
{
	bool *comma = context;
	if (f->optional)
		return;
	printf("%s\"%s\"", *comma ? "," : "", f->name);
	*comma = true;
}

static void
schema_object(const struct object_row *o)
{
	bool comma = false;
	printf("    "
	       "\"%s\":{\"type\":\"object\",\"description\":\"%s\",\"additionalProperties\":false,"
	       "\"required\":[",
	    o->name, o->doc);
	each_field(o->name, schema_required, &comma);
	printf("],\"properties\":{");
	comma = false;
	each_field(o->name, schema_property, &comma);
	printf("}},\n");
}

static void
schema_has(const struct has_row *h, void *context)
{
	(void)context;
	printf(",\n      \"%s\":{\"$ref\":\"#/definitions/%s\"}", h->key, h->object);
}

static void
schema_has_required(const struct has_row *h, void *context)
{
	(void)context;
	if (!h->optional)
		printf(",\"%s\"", h->key);
}

static void
schema_event(const struct event_row *e, bool last)
{
	bool comma = false;
	printf("    "
	       "\"event_%s\":{\"type\":\"object\",\"description\":\"%s\",\"additionalProperties\":"
	       "false,\"required\":[",
	    e->name, e->doc);
	each_field("head", schema_required, &comma);
	each_has(e->name, schema_has_required, NULL);
	printf("],\"properties\":{");
	comma = false;
	each_field("head", schema_property, &comma);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		printf(",\n      \"%s\":{\"$ref\":\"#/definitions/%s\"}", common[i], common[i]);
	each_has(e->name, schema_has, NULL);
	if (strcmp(e->name, "alert") == 0 || strcmp(e->name, "alert_update") == 0)
		each_field("alert_tail", schema_property, &comma);
	if (strcmp(e->name, "packet") == 0)
		each_field("tagged", schema_property, &comma);
	printf("}}%s\n", last ? "" : ",");
}

static void
schema(void)
{
	printf("{\n  \"$schema\":\"http://json-schema.org/draft-07/schema#\",\n"
	       "  \"title\":\"Wanglou events\",\n"
	       "  \"$comment\":\"made from include/wire/event.def by make gen\",\n  "
	       "\"definitions\":{\n");
	for (size_t i = 0; i < table_objects_n; i++)
		schema_object(&table_objects[i]);
	for (size_t i = 0; i < table_events_n; i++)
		schema_event(&table_events[i], i + 1 == table_events_n);
	printf("  },\n  \"type\":\"object\",\"required\":[\"event_type\"],\n"
	       "  \"properties\":{\"event_type\":{\"enum\":[");
	for (size_t i = 0; i < table_events_n; i++)
		printf("%s\"%s\"", i ? "," : "", table_events[i].name);
	printf("]}},\n  \"allOf\":[\n");
	for (size_t i = 0; i < table_events_n; i++)
		printf("    {\"if\":{\"properties\":{\"event_type\":{\"const\":\"%s\"}}},"
		       "\"then\":{\"$ref\":\"#/definitions/event_%s\"}}%s\n",
		    table_events[i].name, table_events[i].name, i + 1 == table_events_n ? "" : ",");
	printf("  ]\n}\n");
}

/* ---- reference page ---- */

static void
page_field(const struct field_row *f, void *context)
{
	static const char *const type[] = { "integer", "number", "boolean", "time", "text",
		"object", "JSON" };
	(void)context;
	printf("| `%s` | %s%s%s | %s | %s |\n", f->name, type[f->type],
	    f->type == F_OBJECT ? " " : "", f->type == F_OBJECT ? f->extra : "",
	    f->optional ? "" : "always", f->doc);
}

static void
page_has(const struct has_row *h, void *context)
{
	(void)context;
	printf(" `%s`%s", h->key, h->optional ? "?" : "");
}

static void
events(void)
{
	printf("# Events\n\nMade from include/wire/event.def by `make gen`. One JSON object a "
	       "line, in Suricata's EVE "
	       "words where EVE has the thing. The schema is docs/event.schema.json.\n\n"
	       "Every event begins with the fields of *head*; `segment`, `geoip` and `ndpi` follow "
	       "where something is "
	       "known. A `?` marks what may be absent.\n\n| event | lane | says | carries "
	       "|\n|---|---|---|---|\n");
	for (size_t i = 0; i < table_events_n; i++) {
		printf("| `%s` | %s | %s |", table_events[i].name, table_events[i].lane + 5,
		    table_events[i].doc);
		each_has(table_events[i].name, page_has, NULL);
		printf(" |\n");
	}
	for (size_t i = 0; i < table_objects_n; i++) {
		printf("\n## %s\n%s.\n\n| field | type | | meaning |\n|---|---|---|---|\n",
		    table_objects[i].name, table_objects[i].doc);
		each_field(table_objects[i].name, page_field, NULL);
	}
}

/* ---- settings ---- */

/* What the shipped probe.yaml sets beyond the defaults: paths beside it, and the variables of
 * rules, to be changed there. */
static const char *const probe_example[] = {
	"rules.files=../signatures/*.rules",
	"rules.classification-file=../signatures/classification.config",
	"learn.segments-file=segments.yaml",
#define MATCH_ADDRESSES(name, value) "vars.address-groups." name "=" value,
#define MATCH_PORTS(name, value) "vars.port-groups." name "=" value,
#include "probe/match_vars.def"
	NULL,
};

static const char *const collector_example[] = { NULL };

/* Settings as they are without any file, with a few lines of our own. */
static int
example(const struct conf_table *t, void *settings, const char *program, const char *const *lines)
{
	struct err e;

	printf("# SPDX-License-Identifier: Apache-2.0\n# Settings of %s, made by `make gen`. "
	       "Relative paths are taken from "
	       "this file's folder.\n",
	    program);
	conf_defaults(t, settings);
	for (; *lines; lines++) {
		if (conf_set(t, settings, *lines, &e) != 0) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
	}
	conf_print(t, settings, stdout);
	conf_clear(t, settings);
	return 0;
}

static void
options_page(const struct conf_table *t)
{
	printf("| key | default | allowed | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct conf_row *r = &t->row[i];
		printf("| `%s` | %s | ", r->key, r->value);
		if (r->choice)
			for (const char *c = r->choice; *c; c++)
				printf("%s", *c == '|' ? ", " : (char[2]){ *c, 0 });
		else if (r->max)
			printf("%llu to %llu%s%s", (unsigned long long)r->min,
			    (unsigned long long)r->max, r->type == CONF_TIME ? " ms" : "",
			    r->type == CONF_BYTES ? " bytes" : "");
		printf(" | %s |\n", r->help);
	}
}

int
main(int argc, char **argv)
{
	static struct options probe;
	static struct collector_options collector;
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "schema") == 0)
		schema();
	else if (strcmp(what, "events") == 0)
		events();
	else if (strcmp(what, "probe-yaml") == 0)
		return example(options_table(), &probe, "wanglou-probe", probe_example);
	else if (strcmp(what, "collector-yaml") == 0)
		return example(
		    collector_options_table(), &collector, "wanglou-collector", collector_example);
	else if (strcmp(what, "probe-options") == 0)
		options_page(options_table());
	else if (strcmp(what, "collector-options") == 0)
		options_page(collector_options_table());
	else {
		fprintf(stderr,
		    "usage: wanglou-gen schema|events|probe-yaml|collector-yaml|probe-options|"
		    "collector-options\n");
		return 2;
	}
	return 0;
}
