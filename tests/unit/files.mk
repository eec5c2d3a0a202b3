# SPDX-License-Identifier: Apache-2.0
# One row a test: UNIT += NAME, NAME_SRC := what it links (short!), NAME_LIBS := libraries.
