//! `HeadObject`.

use super::prelude::{Answer, S3Call, S3Request, dto, read};
use http::StatusCode;

pub(super) async fn run(call: S3Call, req: S3Request<dto::HeadObjectInput>) -> Answer<dto::HeadObjectOutput> {
    let grant = call.grant()?;
    let asked = read::asked(&call, req.input.part_number).map_err(|e| call.refuse(e))?;
    let view = call.buckets().head_object(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    if view.range.is_some() {
        call.set_status(StatusCode::PARTIAL_CONTENT);
    }
    let answer = read::describe(&view);
    let output = dto::HeadObjectOutput {
        metadata: Some(view.metadata.into_iter().collect()),
        ..dto::HeadObjectOutput::default()
    };
    Ok(answer.with(output))
}
