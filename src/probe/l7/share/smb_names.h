/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smb_names: names of SMB's numbers, and numbers of its dialects' names; NULL for those unknown.
 * Tables only. Any thread.
 */
#ifndef WANGLOU_PROBE_L7_SHARE_SMB_NAMES_H
#define WANGLOU_PROBE_L7_SHARE_SMB_NAMES_H

#include <stdint.h>

#include "lib/cursor.h"

const char *
smb_status_name(uint32_t status);
const char *
smb_dos_name(uint8_t kind, uint16_t code);
const char *
smb_function_name(uint32_t function);
const char *
smb_command_name(uint8_t version, uint16_t command);
const char *
smb2_dialect(uint16_t number);
const char *
smb1_dialect(struct view text);

#endif
