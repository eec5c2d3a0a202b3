#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare our industrial records with the field-level logs of ../shared/corpus/ics/icsnpp, value by value.

usage: ics.py [--probe PROGRAM] [--share 0.995] [-v] [NAME...]        NAME: modbus, dnp3, bacnet

Each log has a line a message; it and our records become the same kind of row, and for each column the two multisets of
values are compared: equal values / the larger number of them. What is left over is explained here:

modbus   the log has request and response in a line, as our records have; where it did not join them, one is taken.
         Quantities only of functions that send one: the log writes 0 and 1 for others. Functions by number.
dnp3     objects: the log names the object; ranges and counts are compared with the name's number of points. Object
         headers that say a quantity, of more than the log shows, are four of ours too many.
         dnp3.log keeps one request for a reply: SELECT and OPERATE that follow each other are compared in dnp3_control.log.
         control: blocks of requests and answers, index, codes, times and status.
bacnet   bacnet.log: a line a message: link, type, service, number. A message without an application (network layer, link)
         is left out. The capture of messages in segments is left out: we read the first segment, the log the whole.
"""
import argparse, collections, json, os, re, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.environ.get("WANGLOU_CORPUS", os.path.join(TOP, "..", "shared")), "corpus/ics/icsnpp")


def log(path):
    """The lines of a log as dictionaries; absent values are left out."""
    names = []
    for line in open(path, errors="replace"):
        line = line.rstrip("\n")
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#"):
            yield {n: v for n, v in zip(names, line.split("\t")) if v not in ("-", "(empty)")}


def records(probe, capture, kind):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([probe, "-S", "/dev/null", "-k", "none", "-r", capture, "-l", out], check=True, capture_output=True)
        return [e for e in map(json.loads, open(os.path.join(out, "eve.json"))) if e["event_type"] == kind]


def plain(text):
    return re.sub("[^a-z0-9]", "", re.sub("_pdu$", "", str(text).lower()))


MODBUS = {"READ_COILS": 1, "READ_DISCRETE_INPUTS": 2, "READ_HOLDING_REGISTERS": 3, "READ_INPUT_REGISTERS": 4,
          "WRITE_SINGLE_COIL": 5, "WRITE_SINGLE_REGISTER": 6, "READ_EXCEPTION_STATUS": 7, "DIAGNOSTICS": 8,
          "WRITE_MULTIPLE_COILS": 15, "WRITE_MULTIPLE_REGISTERS": 16, "REPORT_SLAVE_ID": 17, "REPORT_SERVER_ID": 17, "READ_FILE_RECORD": 20,
          "WRITE_FILE_RECORD": 21, "MASK_WRITE_REGISTER": 22, "READ_WRITE_MULTIPLE_REGISTERS": 23, "READ_FIFO_QUEUE": 24,
          "ENCAP_INTERFACE_TRANSPORT": 43}


def modbus(probe, base):
    """modbus_detailed, mask_write and read_write logs."""
    logs = os.path.join(base, "modbus/testing/baseline/analyzer.basic")
    theirs, ours = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    alone = set()
    for r in log(os.path.join(logs, "modbus_detailed.log")):
        if r["func"].startswith(("READ_EXCEPTION_STATUS", "REPORT_S")):  # request and response a line each
            if (r["uid"], r["tid"]) in alone:
                continue
            alone.add((r["uid"], r["tid"]))
        function = MODBUS.get(re.sub("(?<!READ)_EXCEPTION$", "", r["func"]), r["func"])
        if function in (22, 23):
            continue
        theirs["function"][str(function)] += 1
        for name in ("tid", "unit", "address", "quantity"):
            if name in r and (name != "quantity" or function in (1, 2, 3, 4, 15, 16)):
                theirs[name][r[name]] += 1
        if "response_values" in r and r["func"].startswith("READ"):
            theirs["values"][r["response_values"]] += 1
        if r["func"].startswith("WRITE_MULTIPLE") and "request_values" in r:
            theirs["written"][r["request_values"]] += 1
    for r in log(os.path.join(logs, "modbus_mask_write_register.log")):
        for name in ("address", "and_mask", "or_mask"):
            theirs["mask " + name][r[name]] += 1
    for r in log(os.path.join(logs, "modbus_read_write_multiple_registers.log")):
        for name in ("write_start_address", "write_registers", "read_start_address", "read_quantity", "read_registers"):
            if name in r:
                theirs["both " + name][r[name]] += 1
    for e in records(probe, os.path.join(base, "modbus/testing/traces/modbus_example.pcap"), "modbus"):
        m = e["modbus"]
        q, a = m.get("request", {}), m.get("response", {})
        either, function = q or a, (q or a)["function_raw"]
        for side in (q, a):
            if function == 22 and "write" in side:
                for name in ("address", "and_mask", "or_mask"):
                    ours["mask " + name][str(side["write"][name])] += 1
        if function == 23:
            for name, value in (("write_start_address", q.get("write", {}).get("address")),
                                ("write_registers", q.get("write", {}).get("values")),
                                ("read_start_address", q.get("read", {}).get("address")),
                                ("read_quantity", q.get("read", {}).get("quantity")),
                                ("read_registers", a.get("values"))):
                if value is not None:
                    ours["both " + name][",".join(map(str, value)) if isinstance(value, list) else str(value)] += 1
        if function in (22, 23):
            continue
        ours["function"][str(function)] += 1
        ours["tid"][str(either["transaction_id"])] += 1
        ours["unit"][str(either["unit_id"])] += 1
        for part in ("read", "write"):
            for name in ("address", "quantity"):
                if name in q.get(part, {}):
                    ours[name][str(q[part][name])] += 1
            if "values" in q.get(part, {}):
                ours["written"][",".join(map(str, q[part]["values"]))] += 1
        if "values" in a:
            ours["values"][",".join(map(str, a["values"]))] += 1
    return ours, theirs


def dnp3(probe, base):
    """dnp3.log's functions and indications; dnp3_control.log; ranges of dnp3_objects.log."""
    logs = os.path.join(base, "dnp3/testing/baseline/analyzer.basic")
    theirs, ours = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    operations = {"Nul": 0, "Pulse On": 1, "Pulse Off": 2, "Latch On": 3, "Latch Off": 4}
    trips = {"Nul": 0, "Close": 1, "Trip": 2}
    for r in log(os.path.join(logs, "dnp3.log")):
        if "fc_request" in r and r["fc_request"] not in ("SELECT", "OPERATE"):
            theirs["request"][plain(r["fc_request"])] += 1
        if "fc_reply" in r:
            theirs["reply"][plain(r["fc_reply"])] += 1
    for r in log(os.path.join(logs, "dnp3_control.log")):
        for name in ("index_number", "execute_count", "on_time", "off_time"):
            if name in r:
                theirs["control " + name][r[name]] += 1
        if "operation_type" in r:
            theirs["control operation"][str(operations.get(r["operation_type"], r["operation_type"]))] += 1
        if "trip_control_code" in r:
            theirs["control trip"][str(trips.get(r["trip_control_code"], r["trip_control_code"]))] += 1
    for r in log(os.path.join(logs, "dnp3_objects.log")):
        for name in ("range_low", "range_high", "object_count"):
            if name in r:
                theirs[name][r[name]] += 1
    for e in records(probe, os.path.join(base, "dnp3/testing/traces/dnp3_example.pcap"), "dnp3"):
        m = e["dnp3"]
        a = m["application"]
        if a["function"] not in ("select", "operate"):
            ours["request" if m["type"] == "request" else "reply"][plain(a["function"])] += 1
        for o in a["objects"]:
            if o["group"] == 12 and o["variation"] == 1:
                for p in o.get("points", []):
                    for name, key in (("index_number", "index"), ("execute_count", "count"), ("on_time", "ontime"),
                                      ("off_time", "offtime"), ("operation", "op_type"), ("trip", "tcc")):
                        ours["control " + name][str(p[key])] += 1
            elif o["range_code"] <= 2:
                ours["range_low"][str(o["start"])] += 1
                ours["range_high"][str(o["stop"])] += 1
                ours["object_count"][str(o["count"])] += 1
            elif o["range_code"] != 6:
                ours["object_count"][str(o["count"])] += 1
    return ours, theirs


BACNET = {"analyzer.basic": "bacnet_example", "analyzer.services": "bacnet_services",
          "analyzer.error-reject-abort": "bacnet_error_reject_abort", "analyzer.segmented_data": "bacnet_segmented_data"}


def bacnet(probe, base):
    """bacnet.log."""
    theirs, ours = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for name, capture in BACNET.items():
        logs = os.path.join(base, "bacnet/testing/baseline", name)
        for r in log(os.path.join(logs, "bacnet.log")):
            if name == "analyzer.segmented_data" or r.get("pdu_type") == "NPDU":
                continue
            for column in ("bvlc_function", "pdu_type", "pdu_service", "invoke_id"):
                if column in r and r[column] != "reject":
                    theirs[column][plain(r[column])] += 1
        for e in records(probe, os.path.join(base, "bacnet/testing/traces", capture + ".pcap"), "bacnet"):
            m = e["bacnet"]
            if name == "analyzer.segmented_data" or "network_message" in m:
                continue
            ours["bvlc_function"][plain(m["bvlc_function"])] += 1
            for column, key in (("pdu_type", "pdu_type"), ("pdu_service", "service"), ("invoke_id", "invoke_id")):
                if key in m:
                    ours[column][plain(m[key])] += 1
    return ours, theirs


KINDS = {"modbus": modbus, "dnp3": dnp3, "bacnet": bacnet}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*")
    ap.add_argument("--probe", default=os.environ.get("PROBE", os.path.join(TOP, "build/release/wanglou-probe")))
    ap.add_argument("--share", type=float, default=0.995)
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    if not os.path.isdir(CORPUS):
        print("no corpus # SKIP")
        return 77
    passed = failed = 0
    for name in a.names or KINDS:
        ours, theirs = KINDS[name](a.probe, CORPUS)
        equal = total = 0
        for column in sorted(set(ours) | set(theirs)):
            x, y = ours[column], theirs[column]
            same, most = sum((x & y).values()), max(sum(x.values()), sum(y.values()))
            equal, total = equal + same, total + most
            if a.v:
                print(f"    {column}: {same} of {most}")
                if same < most:
                    print(f"        only ours {(x - y).most_common(6)}, only theirs {(y - x).most_common(6)}")
        good = total > 0 and equal / total >= a.share
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok' if good else 'not ok'} - {name}: {equal} of {total} values equal, {100 * equal / max(1, total):.2f} %")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
