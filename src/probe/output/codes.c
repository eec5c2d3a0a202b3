/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an alert is in the words of others: ATT&CK, CVE, incident classes of GB/T 20986-2023.
 *
 * A rule that names no incident class gets one by its classtype: what such alerts are mostly about.
 * Those that speak of no attack are of the class for everything else.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

#define OTHER "10001"

static const struct incident {
	const char *code, *name, *name_zh;
} incidents[] = {
	{ "01001", "Computer virus", "计算机病毒事件" },
	{ "01002", "Network worm", "网络蠕虫事件" },
	{ "01003", "Trojan horse", "特洛伊木马事件" },
	{ "01004", "Botnet", "僵尸网络事件" },
	{ "01005", "Malicious code embedded in web page", "恶意代码内嵌网页事件" },
	{ "01006", "Malicious-code hosting site", "恶意代码宿主站点事件" },
	{ "01007", "Ransomware", "勒索软件事件" },
	{ "01008", "Cryptomining malware", "挖矿病毒事件" },
	{ "01009", "Blended-attack program", "混合攻击程序事件" },
	{ "01010", "Other malware", "其他恶意程序事件" },
	{ "02001", "Network scanning / probing", "网络扫描探测事件" },
	{ "02002", "Phishing", "网络钓鱼事件" },
	{ "02003", "Vulnerability exploitation", "漏洞利用事件" },
	{ "02004", "Backdoor use", "后门利用事件" },
	{ "02005", "Backdoor implantation", "后门植入事件" },
	{ "02006", "Credential attack", "凭据攻击事件" },
	{ "02007", "Signal interference", "信号干扰事件" },
	{ "02008", "Denial of service", "拒绝服务事件" },
	{ "02009", "Web page tampering", "网页篡改事件" },
	{ "02010", "Hidden-link implantation", "暗链植入事件" },
	{ "02011", "Domain hijacking", "域名劫持事件" },
	{ "02012", "Domain shifting (own domain pointed at a third party's IP)", "域名转嫁事件" },
	{ "02013", "DNS poisoning", "DNS污染事件" },
	{ "02014", "WLAN hijacking", "WLAN劫持事件" },
	{ "02015", "Traffic hijacking", "流量劫持事件" },
	{ "02016", "BGP hijacking", "BGP劫持攻击事件" },
	{ "02017", "Broadcast spoofing", "广播欺诈事件" },
	{ "02018", "Compromised host", "失陷主机事件" },
	{ "02019", "Supply-chain attack", "供应链攻击事件" },
	{ "02020", "Advanced persistent threat", "APT事件" },
	{ "02021", "Other network attack", "其他网络攻击事件" },
	{ "03001", "Data tampering", "数据篡改事件" },
	{ "03002", "Data forgery / impersonation", "数据假冒事件" },
	{ "03003", "Data leakage", "数据泄露事件" },
	{ "03004", "Social engineering", "社会工程事件" },
	{ "03005", "Data theft", "数据窃取事件" },
	{ "03006", "Data interception", "数据拦截事件" },
	{ "03007", "Location detection", "位置检测事件" },
	{ "03008", "Data poisoning", "数据投毒事件" },
	{ "03009", "Data abuse", "数据滥用事件" },
	{ "03010", "Privacy infringement", "隐私侵犯事件" },
	{ "03011", "Data loss", "数据损失事件" },
	{ "03012", "Other data security", "其他数据安全事件" },
	{ "04001", "Subversive propaganda", "反动宣传事件" },
	{ "04002", "Violence / terrorism promotion", "暴恐宣扬事件" },
	{ "04003", "Pornography dissemination", "色情传播事件" },
	{ "04004", "False information dissemination", "虚假信息传播事件" },
	{ "04005", "Rights infringement", "权益侵害事件" },
	{ "04006", "Unsolicited bulk messaging", "信息滥发事件" },
	{ "04007", "Online fraud", "网络欺诈事件" },
	{ "04008", "Other content security", "其他信息内容安全事件" },
	{ "05001", "Technical fault", "技术故障事件" },
	{ "05002", "Supporting facility fault", "配套设施故障事件" },
	{ "05003", "Physical damage", "物理损害事件" },
	{ "05004", "Radiation interference", "辐射干扰事件" },
	{ "05005", "Other equipment or facility failure", "其他设备设施故障事件" },
	{ "06001", "Abuse of privilege", "权限滥用事件" },
	{ "06002", "Forging of privilege", "权限伪造事件" },
	{ "06003", "Repudiation", "行为抵赖事件" },
	{ "06004", "Deliberate violation", "故意违规操作事件" },
	{ "06005", "Misoperation", "误操作事件" },
	{ "06006", "Breach of personnel availability", "人员可用性破坏事件" },
	{ "06007", "Unauthorized use of resources", "资源未授权使用事件" },
	{ "06008", "Copyright violation", "版权违反事件" },
	{ "06009", "Other violation", "其他违规操作事件" },
	{ "07001", "Network vulnerability", "网络漏洞事件" },
	{ "07002", "Configuration compliance defect", "网络配置合规缺陷事件" },
	{ "07003", "Other hidden danger", "其他安全隐患事件" },
	{ "08001", "Access anomaly", "访问异常事件" },
	{ "08002", "Traffic anomaly", "流量异常事件" },
	{ "08003", "Other abnormal behaviour", "其他异常行为事件" },
	{ "09001", "Natural disaster", "自然灾害事件" },
	{ "09002", "Accident disaster", "事故灾难事件" },
	{ "09003", "Public health event", "公共卫生事件" },
	{ "09004", "Social security event", "社会安全事件" },
	{ "09005", "Other force majeure", "其他不可抗力事件" },
	{ "10001", "Other incident", "其他事件" },
};

static const struct {
	const char *classtype, *code;
} classes[] = {
	{ "attempted-admin", "02003" },
	{ "attempted-dos", "02008" },
	{ "attempted-recon", "02001" },
	{ "attempted-user", "02003" },
	{ "bad-unknown", "08003" },
	{ "coin-mining", "01008" },
	{ "command-and-control", "02018" },
	{ "credential-theft", "02002" },
	{ "default-login-attempt", "02006" },
	{ "denial-of-service", "02008" },
	{ "domain-c2", "02018" },
	{ "exploit-kit", "01005" },
	{ "external-ip-check", "08001" },
	{ "inappropriate-content", "04008" },
	{ "misc-attack", "02021" },
	{ "network-scan", "02001" },
	{ "non-standard-protocol", "08003" },
	{ "policy-violation", "06009" },
	{ "pup-activity", "01010" },
	{ "rpc-portmap-decode", "02001" },
	{ "shellcode-detect", "02003" },
	{ "social-engineering", "02002" },
	{ "successful-admin", "02018" },
	{ "successful-dos", "02008" },
	{ "successful-recon-largescale", "03003" },
	{ "successful-recon-limited", "03003" },
	{ "successful-user", "02018" },
	{ "suspicious-filename-detect", "01010" },
	{ "suspicious-login", "02006" },
	{ "system-call-detect", "02003" },
	{ "targeted-activity", "02020" },
	{ "trojan-activity", "01003" },
	{ "unsuccessful-user", "02006" },
	{ "unusual-client-port-connection", "08001" },
	{ "web-application-activity", "08001" },
	{ "web-application-attack", "02003" },
};

static const char *
code_of_class(const char *classtype)
{
	for (size_t i = 0; classtype && i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(classes[i].classtype, classtype) == 0)
			return classes[i].code;
	}
	return OTHER;
}

static const char *
meta_of(const struct alert *a, const char *key)
{
	for (uint16_t i = 0; i < a->meta_n; i++) {
		if (strcmp(a->meta[i].key, key) == 0)
			return a->meta[i].value;
	}
	return NULL;
}

void
codes_write(struct output *o, const struct alert *a)
{
	const struct incident *row = NULL;
	struct ev_gbt20986 e = { .code = a->gbt20986 ? a->gbt20986 : code_of_class(a->classtype),
		.version = "gbt20986:2023",
		.by = a->gbt20986 ? "rule" : "class" };

	if (a->attack) {
		jw_key(&o->w, "attack");
		ev_attack_write(
		    &o->w, &(struct ev_attack){ a->attack, meta_of(a, "mitre_technique_name"),
			       meta_of(a, "mitre_tactic_id"), meta_of(a, "mitre_tactic_name") });
	}
	for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]) && !row; i++) {
		if (strcmp(incidents[i].code, e.code) == 0)
			row = &incidents[i];
	}
	e.name = row ? row->name : NULL;
	e.name_zh = row ? row->name_zh : NULL;
	jw_key(&o->w, "gbt20986");
	ev_gbt20986_write(&o->w, &e);
}

#define CVES 16

/* "2021-44228", "CVE_2021_44228" -> "CVE-2021-44228"; false: it is no such name. */
static bool
cve_name(const char *text, char out[24])
{
	size_t n = 4;

	if (strncasecmp(text, "CVE", 3) == 0 && (text[3] == '-' || text[3] == '_'))
		text += 4;
	memcpy(out, "CVE-", 4);
	for (; *text && n < 23; text++)
		out[n++] = (char)(*text == '_' ? '-' : *text);
	out[n] = 0;
	return !*text && n > 9 && strspn(out + 4, "0123456789") == 4 && out[8] == '-' &&
	       strspn(out + 9, "0123456789") == n - 9;
}

struct cves {
	char name[CVES][24];
	size_t n;
};

static void
cve_add(struct cves *all, const char *text)
{
	char *name = all->name[all->n];

	if (all->n == CVES - 1 || !cve_name(text, name))
		return;
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->name[i], name) == 0)
			return;
	}
	all->n++;
}

bool
codes_cve_put(struct output *o, const struct alert *a)
{
	struct cves all = { .n = 0 };
	struct jw w;

	for (uint16_t i = 0; i < a->meta_n; i++) {
		if (strcasecmp(a->meta[i].key, "cve") == 0)
			cve_add(&all, a->meta[i].value);
	}
	for (uint16_t i = 0; i < a->ref_n; i++) {
		if (strcasecmp(a->ref[i].key, "cve") == 0)
			cve_add(&all, a->ref[i].value);
	}
	if (!all.n)
		return false;
	jw_init(&w, &o->part);
	jw_array(&w);
	for (size_t i = 0; i < all.n; i++)
		jw_text(&w, all.name[i]);
	jw_array_end(&w);
	return true;
}

bool
codes_references_put(struct output *o, const struct alert *a)
{
	char text[512];
	bool any = false;
	struct jw w;

	jw_init(&w, &o->part);
	for (uint16_t i = 0; i < a->ref_n; i++) {
		const struct alert_meta *r = &a->ref[i];
		bool page = strcasecmp(r->key, "url") == 0;
		if (strcasecmp(r->key, "cve") == 0)
			continue;
		if (!any)
			jw_array(&w);
		any = true;
		if (page)
			(void)snprintf(text, sizeof(text), "%s%s",
			    strstr(r->value, "://") ? "" : "https://", r->value);
		else
			(void)snprintf(text, sizeof(text), "%s,%s", r->key, r->value);
		jw_text(&w, text);
	}
	if (any)
		jw_array_end(&w);
	return any;
}
