// The script of a Zabbix media type (Webhook). Each parameter except the first two is a field of the
// report. JSON.stringify escapes the macros' values: quotes, line breaks, backslashes.
var fields = JSON.parse(value);
var url = fields.incidents_url;
var request = new HttpRequest();

request.addHeader('Content-Type: application/json');
request.addHeader('Authorization: Bearer ' + fields.incidents_key);
delete fields.incidents_url;
delete fields.incidents_key;
try {
    fields.tags = JSON.parse(fields.tags);
} catch (error) {
    // A test of the media type has no event and no tags: the macro's text stays.
}

var answer = request.post(url, JSON.stringify(fields));
var status = request.getStatus();
if (status < 200 || status > 299) {
    throw 'incidents answered ' + status + ': ' + answer;
}
return answer;
