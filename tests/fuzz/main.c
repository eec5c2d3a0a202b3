/* SPDX-License-Identifier: Apache-2.0 */
/* A plain main for fuzz targets: runs every file named, or every file below a folder named, once.
 */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the targets that have one. */
int __attribute__((weak)) LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned long files;

static int
run(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)where;
	if (type != FTW_F)
		return 0;
	FILE *f = fopen(path, "rb");
	/* exactly the file's bytes on the heap, so that one byte too far is seen */
	uint8_t *data = malloc(st->st_size ? (size_t)st->st_size : 1);
	size_t n = f && data ? fread(data, 1, (size_t)st->st_size, f) : 0;
	if (!f || n != (size_t)st->st_size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	files++;
	return 0;
}

int
main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize && LLVMFuzzerInitialize(&argc, &argv) != 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], run, 16, FTW_PHYS) != 0) {
			perror(argv[i]);
			return 1;
		}
	}
	printf("%lu inputs replayed\n", files);
	return files ? 0 : 1;
}
