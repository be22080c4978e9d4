/** Bodies and tokens of SIP that are neither messages nor descriptions, one or two of each kind: what their parsers' mutations start from. */
export const documents: readonly string[] = [
  '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"><tuple id="x"><status><basic>open</basic></status><contact priority="0.8">sip:a@b</contact><note xml:lang="en">at &lt;home&gt;</note><timestamp>2026-01-01T00:00:00Z</timestamp></tuple></presence>',
  '<?xml version="1.0"?><!-- note --><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="partial" entity="sip:a@b"><dialog id="1" call-id="c" local-tag="1" direction="recipient"><state event="remote-bye" code="200">terminated</state></dialog></dialog-info>',
  '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "&d;&d;">]><a>&b;</a>',
  '<a><![CDATA[x]]><b c="d&#x41;"/></a>',
  '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full"><registration aor="sip:a@b" id="1" state="active"><contact id="2" state="active" event="registered"><uri>sip:a@c</uri></contact></registration></reginfo>',
  'Messages-Waiting: yes\r\nMessage-Account: sip:a@b\r\nVoice-Message: 2/8 (0/2)\r\n',
  '<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state><refresh>60</refresh></isComposing>',
  'SIP/2.0 200 OK\r\nContact: <sip:a@b>\r\n\r\n',
  'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwicHB0Ijoic2hha2VuIiwieDV1IjoiaHR0cHM6Ly9jZXJ0L2EucGVtIn0.eyJhdHRlc3QiOiJBIiwiZGVzdCI6eyJ0biI6WyIxMjE1NTU1MTIxMyJdfSwiaWF0IjoxNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0.c2ln;info=<https://cert/a.pem>;alg=ES256;ppt=shaken',
  '{"alg":"ES256","typ":"passport","x5u":"https://cert/a.pem"}',
  '<sip:1@h>;index=1.1;rc=1, <sip:2@h?Reason=SIP%3Bcause%3D302>;index=1.2',
  '56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui;content=isdn-uui',
  'ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000',
];
