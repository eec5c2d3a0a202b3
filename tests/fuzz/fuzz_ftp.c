/* SPDX-License-Identifier: Apache-2.0 */
/* FTP commands and replies. */
#include <assert.h>

#include "probe/l7/ftp.h"
#include "probe/l7/parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct ftp_command command;
	struct ftp_line line;
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		long a = ftp_command(rest, &command), b = ftp_line(rest, &line);
		if (a >= 0) {
			(void)ftp_verb(command.verb);
			(void)ftp_port(command.verb, command.argument);
		}
		assert(a == L7_BAD || a == b);
		if (b < 0)
			break;
		(void)ftp_port(view_of("PASV"), line.text);
		(void)ftp_port(view_of("EPSV"), line.text);
		(void)cursor_skip(&c, (size_t)b);
	}
	return 0;
}
