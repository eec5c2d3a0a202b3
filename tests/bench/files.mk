# SPDX-License-Identifier: Apache-2.0
# What the probe is measured against; built by `make bench`.
$(OUT)/tests/bench/ndpi_alone: $(call obj,tests/bench/ndpi_alone.c)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(dir $@)
	$(Q)$(CC) $(LINK_$(BUILD)) -o $@ $^ -lpcap -lndpi
