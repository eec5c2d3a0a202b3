/* SPDX-License-Identifier: Apache-2.0 */
/* settings: see settings.h. */
#include "settings.h"

#include "words.h"

#define MS 1000000u /* ns */

uint64_t
settings_part(const struct worker_config *c, uint64_t cap)
{
	return (cap + c->workers - 1) / c->workers;
}

struct flow_config
settings_flow(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct flow_config){
		.max_flows = settings_part(c, o->flow_max),
		.max_stream_bytes = settings_part(c, o->stream_memory),
		.stream_depth = o->stream_depth,
		.timeout_tcp_new = o->flow_tcp_new * MS,
		.timeout_tcp_established = o->flow_tcp_established * MS,
		.timeout_tcp_closed = o->flow_tcp_closed * MS,
		.timeout_udp_new = o->flow_udp_new * MS,
		.timeout_udp_established = o->flow_udp_established * MS,
		.timeout_icmp = o->flow_icmp * MS,
		.timeout_other = o->flow_other * MS,
		.timeout_emergency = o->flow_emergency * MS,
		.midstream = o->flow_midstream,
		.midstream_policy = (uint8_t)(FLOW_POLICY_IGNORE + o->flow_midstream_policy),
		.wait_ack = o->stream_wait_ack,
		.vlan_in_key = o->flow_vlan,
		.tenant_in_key = o->flow_tenant,
		.strict = !o->flow_one_sided,
		.trust_first = !o->flow_guess_ends,
		.known_only = !o->flow_all_transports,
		.urgent = (uint8_t)o->stream_urgent,
		.targets = c->knowledge->targets,
		.seed = c->seed,
	};
}

struct identify_config
settings_identify(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct identify_config){ .max_tcp_packets = (uint32_t)o->identify_tcp_packets,
		.max_udp_packets = (uint32_t)o->identify_udp_packets,
		.nothing_of_ours = !o->identify_own,
		.protocols_file = o->identify_protocols,
		.categories_file = o->identify_categories,
		.memory = c->shared.memory,
		.gate = c->gate };
}

int
settings_l7(struct l7_config *l7, const struct worker_config *c, struct err *e)
{
	const struct options *o = c->options;

	*l7 = (struct l7_config){ .max_buffer = o->l7_buffer,
		.max_state = settings_part(c, o->l7_flows),
		.max_tx_per_flow = (uint32_t)o->l7_tx,
		.body_limit = o->l7_body,
		.max_held = settings_part(c, o->l7_held),
		.max_text = settings_part(c, o->l7_text),
		.max_files = settings_part(c, o->files_max),
		.file_limit = o->files_size,
		.file_types = o->files_magic };
	return words_protocols(&o->l7_off, &l7->off, e) != 0 ||
		       words_digests(&o->files_digests, &l7->digests, e) != 0
		   ? -1
		   : 0;
}

struct l7_store
settings_store(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct l7_store){ .dir = o->files_store,
		.quota = settings_part(c, o->files_store_quota),
		.max = o->files_store_max,
		.worker = c->index };
}

struct match_config
settings_match(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct match_config){ .max_flow_state = settings_part(c, o->match_flows),
		.max_thresholds = o->match_thresholds,
		.stream_tail = (uint32_t)o->match_tail,
		.seed = c->seed,
		.rates = c->shared.rates,
		.gate = c->gate };
}

struct output_config
settings_output(const struct worker_config *c, struct identify *identify)
{
	const struct options *o = c->options;
	return (struct output_config){ .live = c->interface != NULL,
		.probe_name = o->probe_name,
		.ipv6_full = o->output_ipv6 == 1,
		.community_id = o->output_community_id,
		.references = o->output_references,
		.wait_ack = o->stream_wait_ack,
		.unknown_flows = o->output_unknown,
		.types = &o->output_types,
		.anomalies = &o->output_anomalies,
		.alert_with = &o->output_alert_with,
		.profile = &o->output_profile,
		.frames = o->output_frames,
		.workers = c->workers,
		.mask_names = o->mask_names,
		.mask_numbers = o->mask_numbers,
		.mask_key = o->mask_key,
		.learn = c->knowledge->learn,
		.links = c->links,
		.identify = identify,
		.line = c->out.line,
		.context = c->out.context };
}

struct ring_config
settings_ring(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct ring_config){ .dir = o->ring_dir,
		.worker = c->index,
		.workers = c->workers,
		.quota = o->ring_quota,
		.file_bytes = o->ring_file,
		.flow_limit = o->ring_flow_limit,
		.snaplen = (uint32_t)o->ring_snaplen,
		.seed = c->seed,
		.live = c->interface != NULL };
}

struct evidence_config
settings_evidence(const struct worker_config *c)
{
	const struct options *o = c->options;
	return (struct evidence_config){ .dir = o->evidence_dir,
		.quota = settings_part(c, o->evidence_quota),
		.memory = settings_part(c, o->evidence_memory),
		.before = (uint32_t)o->evidence_before,
		.after = (uint32_t)o->evidence_after,
		.after_time = o->evidence_time * MS,
		.file_bytes = o->evidence_file,
		.open = (uint32_t)settings_part(c, o->evidence_open),
		.worker = c->index,
		.workers = c->workers };
}
