/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes by their names (OPC 10000-6, annex A.2). */
#include "ics.h"
#include "probe/l7/opcua.h"

static const struct ics_word codes[] = { { 0x0000, "Good" },
	{ 0x002d, "GoodSubscriptionTransferred" }, { 0x002e, "GoodCompletesAsynchronously" },
	{ 0x8001, "BadUnexpectedError" }, { 0x8002, "BadInternalError" },
	{ 0x8003, "BadOutOfMemory" }, { 0x8004, "BadResourceUnavailable" },
	{ 0x8005, "BadCommunicationError" }, { 0x8006, "BadEncodingError" },
	{ 0x8007, "BadDecodingError" }, { 0x8008, "BadEncodingLimitsExceeded" },
	{ 0x8009, "BadUnknownResponse" }, { 0x800a, "BadTimeout" },
	{ 0x800b, "BadServiceUnsupported" }, { 0x800c, "BadShutdown" },
	{ 0x800d, "BadServerNotConnected" }, { 0x800e, "BadServerHalted" },
	{ 0x800f, "BadNothingToDo" }, { 0x8010, "BadTooManyOperations" },
	{ 0x8011, "BadDataTypeIdUnknown" }, { 0x8012, "BadCertificateInvalid" },
	{ 0x8013, "BadSecurityChecksFailed" }, { 0x8014, "BadCertificateTimeInvalid" },
	{ 0x8015, "BadCertificateIssuerTimeInvalid" }, { 0x8016, "BadCertificateHostNameInvalid" },
	{ 0x8017, "BadCertificateUriInvalid" }, { 0x8018, "BadCertificateUseNotAllowed" },
	{ 0x8019, "BadCertificateIssuerUseNotAllowed" }, { 0x801a, "BadCertificateUntrusted" },
	{ 0x801b, "BadCertificateRevocationUnknown" }, { 0x801d, "BadCertificateRevoked" },
	{ 0x801f, "BadUserAccessDenied" }, { 0x8020, "BadIdentityTokenInvalid" },
	{ 0x8021, "BadIdentityTokenRejected" }, { 0x8022, "BadSecureChannelIdInvalid" },
	{ 0x8023, "BadInvalidTimestamp" }, { 0x8024, "BadNonceInvalid" },
	{ 0x8025, "BadSessionIdInvalid" }, { 0x8026, "BadSessionClosed" },
	{ 0x8027, "BadSessionNotActivated" }, { 0x8028, "BadSubscriptionIdInvalid" },
	{ 0x802a, "BadRequestHeaderInvalid" }, { 0x802b, "BadTimestampsToReturnInvalid" },
	{ 0x802c, "BadRequestCancelledByClient" }, { 0x8031, "BadNoCommunication" },
	{ 0x8032, "BadWaitingForInitialData" }, { 0x8033, "BadNodeIdInvalid" },
	{ 0x8034, "BadNodeIdUnknown" }, { 0x8035, "BadAttributeIdInvalid" },
	{ 0x8036, "BadIndexRangeInvalid" }, { 0x8037, "BadIndexRangeNoData" },
	{ 0x8038, "BadDataEncodingInvalid" }, { 0x8039, "BadDataEncodingUnsupported" },
	{ 0x803a, "BadNotReadable" }, { 0x803b, "BadNotWritable" }, { 0x803c, "BadOutOfRange" },
	{ 0x803d, "BadNotSupported" }, { 0x803e, "BadNotFound" }, { 0x803f, "BadObjectDeleted" },
	{ 0x8040, "BadNotImplemented" }, { 0x8041, "BadMonitoringModeInvalid" },
	{ 0x8042, "BadMonitoredItemIdInvalid" }, { 0x8045, "BadStructureMissing" },
	{ 0x804a, "BadContinuationPointInvalid" }, { 0x804b, "BadNoContinuationPoints" },
	{ 0x804c, "BadReferenceTypeIdInvalid" }, { 0x804d, "BadBrowseDirectionInvalid" },
	{ 0x804e, "BadNodeNotInView" }, { 0x8052, "BadRequestTypeInvalid" },
	{ 0x8053, "BadSecurityModeRejected" }, { 0x8054, "BadSecurityPolicyRejected" },
	{ 0x8055, "BadTooManySessions" }, { 0x8056, "BadUserSignatureInvalid" },
	{ 0x8057, "BadApplicationSignatureInvalid" }, { 0x8061, "BadReferenceNotAllowed" },
	{ 0x8064, "BadSourceNodeIdInvalid" }, { 0x8065, "BadTargetNodeIdInvalid" },
	{ 0x8066, "BadDuplicateReferenceNotAllowed" }, { 0x8073, "BadWriteNotSupported" },
	{ 0x8074, "BadTypeMismatch" }, { 0x8075, "BadMethodInvalid" },
	{ 0x8076, "BadArgumentsMissing" }, { 0x8077, "BadTooManySubscriptions" },
	{ 0x8078, "BadTooManyPublishRequests" }, { 0x8079, "BadNoSubscription" },
	{ 0x807a, "BadSequenceNumberUnknown" }, { 0x807b, "BadMessageNotAvailable" },
	{ 0x807d, "BadTcpServerTooBusy" }, { 0x807e, "BadTcpMessageTypeInvalid" },
	{ 0x807f, "BadTcpSecureChannelUnknown" }, { 0x8080, "BadTcpMessageTooLarge" },
	{ 0x8081, "BadTcpNotEnoughResources" }, { 0x8082, "BadTcpInternalError" },
	{ 0x8083, "BadTcpEndpointUrlInvalid" }, { 0x8084, "BadRequestInterrupted" },
	{ 0x8085, "BadRequestTimeout" }, { 0x8086, "BadSecureChannelClosed" },
	{ 0x8087, "BadSecureChannelTokenUnknown" }, { 0x8088, "BadSequenceNumberInvalid" },
	{ 0x80ab, "BadInvalidArgument" }, { 0x80ac, "BadConnectionRejected" },
	{ 0x80ae, "BadConnectionClosed" }, { 0x80b6, "BadMaxAgeInvalid" },
	{ 0x80b8, "BadRequestTooLarge" }, { 0x80b9, "BadResponseTooLarge" },
	{ 0x80be, "BadProtocolVersionUnsupported" } };

const char *
opcua_status(uint32_t code)
{
	return ics_name(codes, code >> 16);
}
