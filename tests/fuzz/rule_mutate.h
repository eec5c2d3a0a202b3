/* SPDX-License-Identifier: Apache-2.0 */
/* What a mutation of rule text puts in: options by the names of the rule language's own tables, so
 * that a new keyword is met without a word here. */
#ifndef WANGLOU_TESTS_FUZZ_RULE_MUTATE_H
#define WANGLOU_TESTS_FUZZ_RULE_MUTATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe/match_keyword.h"

size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Without libFuzzer nothing is mutated. */
size_t __attribute__((weak)) LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	(void)data;
	(void)max_size;
	return size;
}

#define MUTATE_NAMES 4096

static const char *mutate_names[MUTATE_NAMES];
static size_t mutate_name_n;

static const char *const mutate_values[] = {
	"",
	"0",
	"1",
	"-1",
	"255",
	"65535",
	"65536",
	"2147483648",
	"4294967295",
	"4294967296",
	"18446744073709551615",
	"99999999999999999999",
	"0x7fffffff",
	">5",
	"<5",
	"5<>9",
	"9<>5",
	"5-9",
	"!5",
	"&0x10",
	"\"abc\"",
	"!\"abc\"",
	"\"|00 01|\"",
	"\"|0|\"",
	"\"a\\;b\"",
	"\"\"",
	"\"/a(b+)+c/Ri\"",
	"\"/(a|b){2,5}$/U\"",
	"\"/^(?P<x>a)(?&x)\\1/s\"",
	"\"//\"",
	"set,a",
	"isset,a|b",
	"toggle,a",
	"a,+,1",
	"a,notset",
	"set,a,track ip_src,expire 10",
	"isset,a,type string",
	"set,a,type sha256,memcap 1gb,hashsize 10",
	"isset,a,type ip,load ../x",
	"a,type md5,load x,>,5",
	"4,=,1,0,relative",
	"4,&,0x10,-4,relative,little",
	"1,2,x,relative",
	"4,0,x,string,hex",
	"bytes 4,offset 0,oper +,rvalue 9,result x",
	"4,0,relative,multiplier 65535,post_offset -65535,from_end",
	"4,0,relative,align,bitmask 0xff",
	"10,relative",
	"!10,relative",
	"type limit,track by_src,seconds 60,count 1",
	"track by_both,count 4294967295,seconds 4294967295",
	"to_server,established",
	"bytes 65535,offset 65535,relative",
	"attempted-admin",
	"url,example.com",
	"created_at 2020_01_01,x y",
	"src",
	"sid 1,gid 1",
	"only",
	"1,2",
	"absent: or_else",
	"key value",
};

static unsigned mutate_seed;

static size_t
mutate_pick(size_t n)
{
	mutate_seed = mutate_seed * 1103515245u + 12345u;
	return n ? (mutate_seed >> 8) % n : 0;
}

static void
mutate_names_read(void)
{
	static struct match_set set;
	static struct match_arena arena;
	const struct match_keyword *k;
	if (mutate_name_n || match_keywords_index(&set, &arena) != 0)
		return;
	for (size_t i = 0; match_names_each(&set.keywords, &i, (void **)&k);) {
		if (mutate_name_n < MUTATE_NAMES)
			mutate_names[mutate_name_n++] = k->name;
	}
}

/* The byte behind one ";" or "(" of the text; n when there is none. */
static size_t
mutate_place(const uint8_t *data, size_t n)
{
	size_t start = mutate_pick(n);
	for (size_t i = 0; i < n; i++) {
		size_t at = (start + i) % n;
		if (data[at] == ';' || data[at] == '(')
			return at + 1;
	}
	return n;
}

/* An option more, or in the place of another. */
static size_t
mutate_option(uint8_t *data, size_t size, size_t max_size)
{
	char text[256];
	const char *name = mutate_names[mutate_pick(mutate_name_n)];
	const char *value = mutate_values[mutate_pick(sizeof(mutate_values) / sizeof(char *))];
	int n = snprintf(text, sizeof(text), "%s%s%s;", name, *value ? ":" : "", value);
	size_t at = mutate_place(data, size), rest = at;
	if (mutate_pick(2)) {
		const uint8_t *end = memchr(data + at, ';', size - at);
		rest = end ? (size_t)(end - data) + 1 : at;
	}
	if (size - (rest - at) + (size_t)n > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	memmove(data + at + n, data + rest, size - rest);
	memcpy(data + at, text, (size_t)n);
	return size - (rest - at) + (size_t)n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	mutate_seed = seed;
	mutate_names_read();
	if (!mutate_name_n || mutate_pick(3) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	return mutate_option(data, size, max_size);
}

#endif
