-- For wrk: one GetItem, as the clients send it.
wrk.method = "POST"
wrk.body = '{"TableName":"bench-users","Key":{"org":{"S":"acme-europe"},"id":{"S":"item-00000"}}}'
wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
wrk.headers["X-Amz-Target"] = "DynamoDB_20120810." .. (os.getenv("OPERATION") or "GetItem")
wrk.headers["X-Amz-Date"] = "20261121T100000Z"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" .. string.rep("0", 64)
