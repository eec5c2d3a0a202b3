/* SPDX-License-Identifier: Apache-2.0 */
/* Names of IKE's numbers: those EVE has for version 1, IANA's for version 2. */
#include "probe/l7/ike.h"

struct name {
	uint32_t number;
	const char *text;
};

static const struct name payloads[] = {
	{ 0, "NoNextPayload" },
	{ 1, "SecurityAssociation" },
	{ 2, "Proposal" },
	{ 3, "Transform" },
	{ 4, "KeyExchange" },
	{ 5, "Identification" },
	{ 6, "Certificate" },
	{ 7, "CertificateRequest" },
	{ 8, "Hash" },
	{ 9, "Signature" },
	{ 10, "Nonce" },
	{ 11, "Notification" },
	{ 12, "Delete" },
	{ 13, "VendorID" },
	{ 15, "SAKEKPayload" },
	{ 16, "SATEKPayload" },
	{ 17, "KeyDownload" },
	{ 18, "SequenceNumber" },
	{ 19, "ProofOfPossession" },
	{ 20, "NatDiscovery" },
	{ 21, "NatOriginalAddress" },
	{ 33, "SecurityAssociation" },
	{ 34, "KeyExchange" },
	{ 35, "IDInitiator" },
	{ 36, "IDResponder" },
	{ 37, "Certificate" },
	{ 38, "CertificateRequest" },
	{ 39, "Authentication" },
	{ 40, "Nonce" },
	{ 41, "Notify" },
	{ 42, "Delete" },
	{ 43, "VendorID" },
	{ 44, "TrafficSelectorInitiator" },
	{ 45, "TrafficSelectorResponder" },
	{ 46, "EncryptedAndAuthenticated" },
	{ 47, "Configuration" },
	{ 48, "ExtensibleAuthentication" },
	{ 53, "EncryptedFragment" },
	{ 130, "NatDiscovery" },
	{ 131, "NatOriginalAddress" },
};

static const struct name exchanges[] = {
	{ 0, "None" },
	{ 1, "Base" },
	{ 2, "Identity Protection" },
	{ 3, "Authentication Only" },
	{ 4, "Aggressive" },
	{ 5, "Informational" },
	{ 6, "Transaction" },
	{ 32, "Quick Mode" },
	{ 33, "New Group Mode" },
	{ 34, "IKE_SA_INIT" },
	{ 35, "IKE_AUTH" },
	{ 36, "CREATE_CHILD_SA" },
	{ 37, "INFORMATIONAL" },
	{ 38, "IKE_SESSION_RESUME" },
	{ 43, "IKE_INTERMEDIATE" },
};

static const struct name attributes[] = {
	{ 1, "alg_enc" },
	{ 2, "alg_hash" },
	{ 3, "alg_auth" },
	{ 4, "alg_dh" },
	{ 11, "sa_life_type" },
	{ 12, "sa_life_duration" },
	{ 13, "alg_prf" },
	{ 14, "sa_key_length" },
	{ 15, "sa_field_size" },
};

/* type << 16 | value */
#define V(type, value) ((uint32_t)(type) << 16 | (value))

static const struct name values[] = {
	{ V(1, 1), "EncDesCbc" },
	{ V(1, 2), "EncIdeaCbc" },
	{ V(1, 3), "EncBlowfishCbc" },
	{ V(1, 4), "EncRc5R16B64Cbc" },
	{ V(1, 5), "EncTripleDesCbc" },
	{ V(1, 6), "EncCastCbc" },
	{ V(1, 7), "EncAesCbc" },
	{ V(1, 8), "EncCamelliaCbc" },
	{ V(2, 1), "HashMd5" },
	{ V(2, 2), "HashSha" },
	{ V(2, 3), "HashTiger" },
	{ V(2, 4), "HashSha2_256" },
	{ V(2, 5), "HashSha2_384" },
	{ V(2, 6), "HashSha2_512" },
	{ V(3, 1), "AuthPreSharedKey" },
	{ V(3, 2), "AuthDssSignatures" },
	{ V(3, 3), "AuthRsaSignatures" },
	{ V(3, 4), "AuthRsaEncryption" },
	{ V(3, 5), "AuthRsaEncryptionRevised" },
	{ V(4, 1), "GroupDefault768BitModpGroup" },
	{ V(4, 2), "GroupAlternate1024BitModpGroup" },
	{ V(4, 3), "GroupEc2nOnGp2p155" },
	{ V(4, 4), "GroupEc2nOnGp2p185" },
	{ V(4, 5), "GroupModp1536Bit" },
	{ V(4, 14), "GroupModp2048Bit" },
	{ V(4, 15), "GroupModp3072Bit" },
	{ V(4, 16), "GroupModp4096Bit" },
	{ V(4, 17), "GroupModp6144Bit" },
	{ V(4, 18), "GroupModp8192Bit" },
	{ V(4, 19), "GroupEcpRandom256" },
	{ V(4, 20), "GroupEcpRandom384" },
	{ V(4, 21), "GroupEcpRandom521" },
	{ V(11, 1), "LifeTypeSeconds" },
	{ V(11, 2), "LifeTypeKilobytes" },
};

static const struct name types[] = {
	{ 1, "alg_enc" },
	{ 2, "alg_prf" },
	{ 3, "alg_auth" },
	{ 4, "alg_dh" },
	{ 5, "alg_esn" },
};

static const struct name transforms[] = {
	{ V(1, 1), "ENCR_DES_IV64" },
	{ V(1, 2), "ENCR_DES" },
	{ V(1, 3), "ENCR_3DES" },
	{ V(1, 4), "ENCR_RC5" },
	{ V(1, 5), "ENCR_IDEA" },
	{ V(1, 6), "ENCR_CAST" },
	{ V(1, 7), "ENCR_BLOWFISH" },
	{ V(1, 11), "ENCR_NULL" },
	{ V(1, 12), "ENCR_AES_CBC" },
	{ V(1, 13), "ENCR_AES_CTR" },
	{ V(1, 14), "ENCR_AES_CCM_8" },
	{ V(1, 15), "ENCR_AES_CCM_12" },
	{ V(1, 16), "ENCR_AES_CCM_16" },
	{ V(1, 18), "ENCR_AES_GCM_8" },
	{ V(1, 19), "ENCR_AES_GCM_12" },
	{ V(1, 20), "ENCR_AES_GCM_16" },
	{ V(1, 21), "ENCR_NULL_AUTH_AES_GMAC" },
	{ V(1, 23), "ENCR_CAMELLIA_CBC" },
	{ V(1, 28), "ENCR_CHACHA20_POLY1305" },
	{ V(2, 1), "PRF_HMAC_MD5" },
	{ V(2, 2), "PRF_HMAC_SHA1" },
	{ V(2, 3), "PRF_HMAC_TIGER" },
	{ V(2, 4), "PRF_AES128_XCBC" },
	{ V(2, 5), "PRF_HMAC_SHA2_256" },
	{ V(2, 6), "PRF_HMAC_SHA2_384" },
	{ V(2, 7), "PRF_HMAC_SHA2_512" },
	{ V(2, 8), "PRF_AES128_CMAC" },
	{ V(3, 0), "NONE" },
	{ V(3, 1), "AUTH_HMAC_MD5_96" },
	{ V(3, 2), "AUTH_HMAC_SHA1_96" },
	{ V(3, 3), "AUTH_DES_MAC" },
	{ V(3, 4), "AUTH_KPDK_MD5" },
	{ V(3, 5), "AUTH_AES_XCBC_96" },
	{ V(3, 8), "AUTH_AES_CMAC_96" },
	{ V(3, 12), "AUTH_HMAC_SHA2_256_128" },
	{ V(3, 13), "AUTH_HMAC_SHA2_384_192" },
	{ V(3, 14), "AUTH_HMAC_SHA2_512_256" },
	{ V(4, 0), "NONE" },
	{ V(4, 1), "MODP_768" },
	{ V(4, 2), "MODP_1024" },
	{ V(4, 5), "MODP_1536" },
	{ V(4, 14), "MODP_2048" },
	{ V(4, 15), "MODP_3072" },
	{ V(4, 16), "MODP_4096" },
	{ V(4, 17), "MODP_6144" },
	{ V(4, 18), "MODP_8192" },
	{ V(4, 19), "ECP_256" },
	{ V(4, 20), "ECP_384" },
	{ V(4, 21), "ECP_521" },
	{ V(4, 22), "MODP_1024_160" },
	{ V(4, 23), "MODP_2048_224" },
	{ V(4, 24), "MODP_2048_256" },
	{ V(4, 25), "ECP_192" },
	{ V(4, 26), "ECP_224" },
	{ V(4, 31), "CURVE25519" },
	{ V(4, 32), "CURVE448" },
	{ V(4, 35), "MLKEM_512" },
	{ V(4, 36), "MLKEM_768" },
	{ V(4, 37), "MLKEM_1024" },
	{ V(5, 0), "NoESN" },
	{ V(5, 1), "ESN" },
};

static const struct name notifies[] = {
	{ 1, "UNSUPPORTED_CRITICAL_PAYLOAD" },
	{ 4, "INVALID_IKE_SPI" },
	{ 5, "INVALID_MAJOR_VERSION" },
	{ 7, "INVALID_SYNTAX" },
	{ 9, "INVALID_MESSAGE_ID" },
	{ 11, "INVALID_SPI" },
	{ 14, "NO_PROPOSAL_CHOSEN" },
	{ 17, "INVALID_KE_PAYLOAD" },
	{ 24, "AUTHENTICATION_FAILED" },
	{ 34, "SINGLE_PAIR_REQUIRED" },
	{ 35, "NO_ADDITIONAL_SAS" },
	{ 36, "INTERNAL_ADDRESS_FAILURE" },
	{ 37, "FAILED_CP_REQUIRED" },
	{ 38, "TS_UNACCEPTABLE" },
	{ 39, "INVALID_SELECTORS" },
	{ 43, "TEMPORARY_FAILURE" },
	{ 44, "CHILD_SA_NOT_FOUND" },
	{ 16384, "INITIAL_CONTACT" },
	{ 16385, "SET_WINDOW_SIZE" },
	{ 16386, "ADDITIONAL_TS_POSSIBLE" },
	{ 16388, "NAT_DETECTION_SOURCE_IP" },
	{ 16389, "NAT_DETECTION_DESTINATION_IP" },
	{ 16390, "COOKIE" },
	{ 16391, "USE_TRANSPORT_MODE" },
	{ 16393, "REKEY_SA" },
	{ 16394, "ESP_TFC_PADDING_NOT_SUPPORTED" },
	{ 16395, "NON_FIRST_FRAGMENTS_ALSO" },
	{ 16396, "MOBIKE_SUPPORTED" },
	{ 16404, "MULTIPLE_AUTH_SUPPORTED" },
	{ 16406, "REDIRECT_SUPPORTED" },
	{ 16407, "REDIRECT" },
	{ 16418, "CHILDLESS_IKEV2_SUPPORTED" },
	{ 16430, "IKEV2_FRAGMENTATION_SUPPORTED" },
	{ 16431, "SIGNATURE_HASH_ALGORITHMS" },
	{ 16435, "USE_PPK" },
	{ 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED" },
};

static const char *
find(const struct name *table, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].number == number)
			return table[i].text;
	}
	return NULL;
}

#define FIND(table, number) find(table, sizeof(table) / sizeof(*(table)), number)

const char *
ike_payload_text(uint8_t type)
{
	return FIND(payloads, type);
}

const char *
ike_exchange_text(uint8_t exchange)
{
	return FIND(exchanges, exchange);
}

const char *
ike1_attribute_text(uint16_t type)
{
	return FIND(attributes, type);
}

const char *
ike1_value_text(uint16_t type, uint64_t value)
{
	return value > UINT16_MAX ? NULL : FIND(values, V(type, value));
}

const char *
ike2_type_text(uint8_t type)
{
	return FIND(types, type);
}

const char *
ike2_transform_text(uint8_t type, uint16_t id)
{
	return FIND(transforms, V(type, id));
}

const char *
ike2_notify_text(uint16_t type)
{
	return FIND(notifies, type);
}
