# SPDX-License-Identifier: Apache-2.0
# Data bases and message queues.
