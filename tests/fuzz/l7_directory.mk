# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += krb5 ldap snmp ntp radius dhcp dhcpv6
