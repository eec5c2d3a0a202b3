# SPDX-License-Identifier: Apache-2.0
# One row a target: FUZZ += NAME, NAME_fuzz_SRC := what it links, NAME_fuzz_LIBS := libraries.
