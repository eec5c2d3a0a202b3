/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of objects, properties and errors by their names in ANSI/ASHRAE 135, clause 21. */
#include "ics.h"
#include "probe/l7/bacnet.h"

static const char *const objects[] = { "analog-input", "analog-output", "analog-value",
	"binary-input", "binary-output", "binary-value", "calendar", "command", "device",
	"event-enrollment", "file", "group", "loop", "multi-state-input", "multi-state-output",
	"notification-class", "program", "schedule", "averaging", "multi-state-value", "trend-log",
	"life-safety-point", "life-safety-zone", "accumulator", "pulse-converter", "event-log",
	"global-group", "trend-log-multiple", "load-control", "structured-view", "access-door",
	"timer", "access-credential", "access-point", "access-rights", "access-user", "access-zone",
	"credential-data-input", "network-security", "bitstring-value", "characterstring-value",
	"datepattern-value", "date-value", "datetimepattern-value", "datetime-value",
	"integer-value", "large-analog-value", "octetstring-value", "positive-integer-value",
	"timepattern-value", "time-value", "notification-forwarder", "alert-enrollment", "channel",
	"lighting-output", "binary-lighting-output", "network-port", "elevator-group", "escalator",
	"lift" };

static const char *const properties[] = { "acked-transitions", "ack-required", "action",
	"action-text", "active-text", "active-vt-sessions", "alarm-value", "alarm-values", "all",
	"all-writes-successful", "apdu-segment-timeout", "apdu-timeout",
	"application-software-version", "archive", "bias", "change-of-state-count",
	"change-of-state-time", "notification-class", NULL, "controlled-variable-reference",
	"controlled-variable-units", "controlled-variable-value", "cov-increment", "date-list",
	"daylight-savings-status", "deadband", "derivative-constant", "derivative-constant-units",
	"description", "description-of-halt", "device-address-binding", "device-type",
	"effective-period", "elapsed-active-time", "error-limit", "event-enable", "event-state",
	"event-type", "exception-schedule", "fault-values", "feedback-value", "file-access-method",
	"file-size", "file-type", "firmware-revision", "high-limit", "inactive-text", "in-process",
	"instance-of", "integral-constant", "integral-constant-units", NULL, "limit-enable",
	"list-of-group-members", "list-of-object-property-references", NULL, "local-date",
	"local-time", "location", "low-limit", "manipulated-variable-reference", "maximum-output",
	"max-apdu-length-accepted", "max-info-frames", "max-master", "max-pres-value",
	"minimum-off-time", "minimum-on-time", "minimum-output", "min-pres-value", "model-name",
	"modification-date", "notify-type", "number-of-apdu-retries", "number-of-states",
	"object-identifier", "object-list", "object-name", "object-property-reference",
	"object-type", "optional", "out-of-service", "output-units", "event-parameters", "polarity",
	"present-value", "priority", "priority-array", "priority-for-writing", "process-identifier",
	"program-change", "program-location", "program-state", "proportional-constant",
	"proportional-constant-units", NULL, "protocol-object-types-supported",
	"protocol-services-supported", "protocol-version", "read-only", "reason-for-halt", NULL,
	"recipient-list", "reliability", "relinquish-default", "required", "resolution",
	"segmentation-supported", "setpoint", "setpoint-reference", "state-text", "status-flags",
	"system-status", "time-delay", "time-of-active-time-reset", "time-of-state-count-reset",
	"time-synchronization-recipients", "units", "update-interval", "utc-offset",
	"vendor-identifier", "vendor-name", "vt-classes-supported", "weekly-schedule",
	"attempted-samples", "average-value", "buffer-size", "client-cov-increment",
	"cov-resubscription-interval", "current-notify-time", "event-time-stamps", "log-buffer",
	"log-device-object-property", "enable", "log-interval", "maximum-value", "minimum-value",
	"notification-threshold", "previous-notify-time", "protocol-revision",
	"records-since-notification", "record-count", "start-time", "stop-time", "stop-when-full",
	"total-record-count", "valid-samples", "window-interval", "window-samples",
	"maximum-value-timestamp", "minimum-value-timestamp", "variance-value",
	"active-cov-subscriptions", "backup-failure-timeout", "configuration-files",
	"database-revision", "direct-reading", "last-restore-time", "maintenance-required",
	"member-of", "mode", "operation-expected", "setting", "silenced", "tracking-value",
	"zone-members", "life-safety-alarm-values", "max-segments-accepted", "profile-name",
	"auto-slave-discovery", "manual-slave-address-binding", "slave-address-binding",
	"slave-proxy-enable", "last-notify-record", "schedule-default", "accepted-modes",
	"adjust-value", "count", "count-before-change", "count-change-time", "cov-period",
	"input-reference", "limit-monitoring-interval", "logging-object", "logging-record",
	"prescale", "pulse-rate", "scale", "scale-factor", "update-time", "value-before-change",
	"value-set", "value-change-time", "align-intervals", NULL, "interval-offset",
	"last-restart-reason", "logging-type", NULL, NULL, NULL, NULL,
	"restart-notification-recipients", "time-of-device-restart",
	"time-synchronization-interval", "trigger", "utc-time-synchronization-recipients",
	"node-subtype", "node-type", "structured-object-list", "subordinate-annotations",
	"subordinate-list" };

/* Beyond those in a row. */
static const struct ics_word more_properties[] = { { 338, "backup-and-restore-state" },
	{ 339, "backup-preparation-time" }, { 340, "restore-completion-time" },
	{ 341, "restore-preparation-time" }, { 342, "bit-mask" }, { 343, "bit-text" },
	{ 344, "is-utc" }, { 351, "event-message-texts" }, { 352, "event-message-texts-config" },
	{ 353, "event-detection-enable" }, { 354, "event-algorithm-inhibit" },
	{ 355, "event-algorithm-inhibit-ref" }, { 356, "time-delay-normal" },
	{ 357, "reliability-evaluation-inhibit" }, { 358, "fault-parameters" },
	{ 359, "fault-type" }, { 360, "local-forwarding-only" },
	{ 361, "process-identifier-filter" }, { 362, "subscribed-recipients" },
	{ 363, "port-filter" }, { 364, "authorization-exemptions" },
	{ 365, "allow-group-delay-inhibit" }, { 366, "channel-number" }, { 367, "control-groups" },
	{ 368, "execution-delay" }, { 369, "last-priority" }, { 370, "write-status" },
	{ 371, "property-list" }, { 372, "serial-number" }, { 373, "blink-warn-enable" },
	{ 374, "default-fade-time" }, { 375, "default-ramp-rate" },
	{ 376, "default-step-increment" }, { 377, "egress-time" }, { 378, "in-progress" },
	{ 379, "instantaneous-power" }, { 380, "lighting-command" },
	{ 381, "lighting-command-default-priority" }, { 382, "max-actual-value" },
	{ 383, "min-actual-value" }, { 384, "power" }, { 385, "transition" },
	{ 386, "egress-active" } };

static const char *const classes[] = { "device", "object", "property", "resources", "security",
	"services", "vt", "communication" };

static const struct ics_word errors[] = { { 0, "other" }, { 2, "configuration-in-progress" },
	{ 3, "device-busy" }, { 4, "dynamic-creation-not-supported" }, { 5, "file-access-denied" },
	{ 7, "inconsistent-parameters" }, { 8, "inconsistent-selection-criterion" },
	{ 9, "invalid-data-type" }, { 10, "invalid-file-access-method" },
	{ 11, "invalid-file-start-position" }, { 13, "invalid-parameter-data-type" },
	{ 14, "invalid-time-stamp" }, { 16, "missing-required-parameter" },
	{ 17, "no-objects-of-specified-type" }, { 18, "no-space-for-object" },
	{ 19, "no-space-to-add-list-element" }, { 20, "no-space-to-write-property" },
	{ 21, "no-vt-sessions-available" }, { 22, "property-is-not-a-list" },
	{ 23, "object-deletion-not-permitted" }, { 24, "object-identifier-already-exists" },
	{ 25, "operational-problem" }, { 26, "password-failure" }, { 27, "read-access-denied" },
	{ 29, "service-request-denied" }, { 30, "timeout" }, { 31, "unknown-object" },
	{ 32, "unknown-property" }, { 34, "unknown-vt-class" }, { 35, "unknown-vt-session" },
	{ 36, "unsupported-object-type" }, { 37, "value-out-of-range" },
	{ 38, "vt-session-already-closed" }, { 39, "vt-session-termination-failure" },
	{ 40, "write-access-denied" }, { 41, "character-set-not-supported" },
	{ 42, "invalid-array-index" }, { 43, "cov-subscription-failed" },
	{ 44, "not-cov-property" }, { 45, "optional-functionality-not-supported" },
	{ 46, "invalid-configuration-data" }, { 47, "datatype-not-supported" },
	{ 48, "duplicate-name" }, { 49, "duplicate-object-id" }, { 50, "property-is-not-an-array" },
	{ 73, "invalid-event-state" }, { 74, "no-alarm-configured" }, { 75, "log-buffer-full" },
	{ 76, "logged-value-purged" }, { 77, "no-property-specified" },
	{ 78, "not-configured-for-triggered-logging" }, { 79, "unknown-subscription" },
	{ 80, "parameter-out-of-range" }, { 81, "list-element-not-found" }, { 82, "busy" },
	{ 83, "communication-disabled" }, { 84, "success" }, { 85, "access-denied" } };

const char *
bacnet_object_name(uint32_t type)
{
	return type < sizeof(objects) / sizeof(*objects) ? objects[type] : NULL;
}

const char *
bacnet_property_name(uint32_t property)
{
	if (property < sizeof(properties) / sizeof(*properties))
		return properties[property];
	return ics_name(more_properties, property);
}

const char *
bacnet_error_class(uint32_t number)
{
	return number < sizeof(classes) / sizeof(*classes) ? classes[number] : NULL;
}

const char *
bacnet_error_code(uint32_t number)
{
	return ics_name(errors, number);
}
