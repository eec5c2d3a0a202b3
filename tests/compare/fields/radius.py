# SPDX-License-Identifier: Apache-2.0
"""RADIUS and the EAP in it."""
EVENT = "radius"
FILTER = "radius"
CODES = {"access_request": "1", "access_accept": "2", "access_reject": "3", "accounting_request": "4",
         "accounting_response": "5", "access_challenge": "11", "status_server": "12", "status_client": "13",
         "disconnect_request": "40", "disconnect_ack": "41", "disconnect_nak": "42", "coa_request": "43", "coa_ack": "44",
         "coa_nak": "45"}
STATUS = {"start": "1", "stop": "2", "interim_update": "3", "accounting_on": "7", "accounting_off": "8"}
FIELDS = [
    ("radius.code", "radius.code", (CODES.get, str)),
    ("radius.id", "radius.id"),
    ("radius.user_name", "radius.User_Name"),
    ("radius.nas_ip", "radius.NAS_IP_Address"),
    ("radius.nas_port", "radius.NAS_Port"),
    ("radius.nas_port_type", "radius.NAS_Port_Type"),
    ("radius.nas_identifier", "radius.NAS_Identifier"),
    ("radius.service_type", "radius.Service_Type"),
    ("radius.framed_ip", "radius.Framed-IP-Address"),
    ("radius.called_station", "radius.Called_Station_Id"),
    ("radius.calling_station", "radius.Calling_Station_Id"),
    ("radius.reply_message", "radius.Reply_Message"),
    ("radius.acct_status", "radius.Acct_Status_Type", (lambda v: STATUS.get(v, v), str)),
    ("radius.acct_session_id", "radius.Acct_Session_Id"),
    ("radius.acct_session_time", "radius.Acct_Session_Time"),
    ("radius.acct_input_packets", "radius.Acct_Input_Packets"),
    ("radius.acct_terminate_cause", "radius.Acct_Terminate_Cause"),
    ("radius.eap.id", "eap.id"),
    ("radius.eap.identity", "eap.identity"),
]
DIFFERENCES = """Damaged captures: where an attribute goes beyond the packet, or the packet beyond the datagram, we read none of
it, and tshark what stands before the damage."""
LEFT_OUT = {name: "damaged" for name in ("fuzz-2020-02-16-11740.pcap", "radius_rfc5447_invalid_length.pcap",
                                         "arkime_synthetic.pcap")}
