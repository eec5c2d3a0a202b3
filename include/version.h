/* SPDX-License-Identifier: Apache-2.0 */
/* version: of the programs, one place. */
#ifndef WANGLOU_VERSION_H
#define WANGLOU_VERSION_H

#define WANGLOU_VERSION "0.1.0"

#endif
