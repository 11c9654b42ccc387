//! The bridge's bytes: lines of stdin to the server, its answers to stdout.

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

use super::endpoint::Endpoint;
use crate::{
    bridge::{Call, Introduction, Move, Question, Receipt, Session, error_answer, lists_changed},
    mcp::{self, Reason, Trouble},
};

/// How often a call may ask back before it is given up: a server that never has enough must end.
const ROUNDS: usize = 10;
/// Clients wait a minute for `initialize`; the server has less.
const INTRODUCTION: Duration = Duration::from_secs(20);
/// Calls that are under way when the client leaves get this long.
const FAREWELL: Duration = Duration::from_secs(2);

/// As [`run`], on this program's own stdin and stdout.
///
/// # Errors
/// stdin cannot be read.
pub async fn run_on_stdio(endpoint: Endpoint) -> anyhow::Result<()> {
    run(endpoint, tokio::io::stdin(), tokio::io::stdout()).await
}

/// Carries messages until the client closes its side.
///
/// # Errors
/// stdin cannot be read.
pub async fn run(
    endpoint: Endpoint,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> anyhow::Result<()> {
    let (say, said) = mpsc::unbounded_channel();
    let writer = tokio::spawn(write(output, said));
    let desk = Desk { endpoint, say, questions: Arc::default() };
    let mut session = Session::default();
    let mut calls = Calls::default();
    let mut lines = BufReader::new(input).lines();
    while let Some(line) = lines.next_line().await.context("cannot read stdin")? {
        if line.trim().is_empty() {
            continue;
        }
        let message = match serde_json::from_str(&line) {
            Ok(message) => message,
            Err(error) => {
                desk.tell(error_answer(&Value::Null, -32700, &format!("this is no JSON: {error}")));
                continue;
            }
        };
        match session.receive(message) {
            Move::Answer(answer) => desk.tell(answer),
            Move::Forward(call) => {
                let id = call.id().clone();
                calls.begin(&id, desk.clone().carry(*call));
            }
            Move::Introduce(introduction) => {
                let id = introduction.id().clone();
                calls.begin(&id, desk.clone().introduce(*introduction));
            }
            Move::Cancel(id) => calls.cancel(&id),
            Move::Reply { id, reply } => desk.reply(&id, reply),
            Move::Nothing => {}
        }
        if writer.is_finished() {
            break;
        }
    }
    let _ = tokio::time::timeout(FAREWELL, calls.end()).await;
    drop(desk);
    let _ = tokio::time::timeout(FAREWELL, writer).await;
    Ok(())
}

async fn write(mut output: impl AsyncWrite + Unpin, mut said: mpsc::UnboundedReceiver<Value>) {
    while let Some(message) = said.recv().await {
        let line = format!("{message}\n");
        // A client that no longer reads has gone; that is how a session ends.
        if output.write_all(line.as_bytes()).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

/// The calls under way by their ids.
#[derive(Default)]
struct Calls {
    tasks: JoinSet<()>,
    by_id: HashMap<String, AbortHandle>,
}

impl Calls {
    fn begin(&mut self, id: &Value, task: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.by_id.retain(|_, task| !task.is_finished());
        self.by_id.insert(id.to_string(), self.tasks.spawn(task));
    }

    /// Ends the task: its HTTP stream closes, and that is how the server learns of it.
    fn cancel(&mut self, id: &Value) {
        if let Some(task) = self.by_id.remove(&id.to_string()) {
            task.abort();
        }
    }

    async fn end(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What every call needs.
#[derive(Clone)]
struct Desk {
    endpoint: Endpoint,
    say: mpsc::UnboundedSender<Value>,
    questions: Arc<Mutex<Asked>>,
}

/// Questions that the client has not answered yet.
#[derive(Default)]
struct Asked {
    last: u64,
    waiting: HashMap<String, oneshot::Sender<Value>>,
}

impl Desk {
    fn tell(&self, message: Value) {
        // The writer is gone when the client is.
        let _ = self.say.send(message);
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, id: &Value, reply: Value) {
        if let Some(waiting) = self.asked().waiting.remove(&id.to_string()) {
            let _ = waiting.send(reply);
        }
    }

    async fn carry(self, call: Call) {
        let id = call.id().clone();
        if let Err(trouble) = self.carry_all_rounds(call).await {
            tracing::warn!("{trouble}");
            self.tell(trouble.answer(&id));
        }
    }

    async fn carry_all_rounds(&self, mut call: Call) -> Result<(), Trouble> {
        'rounds: for _ in 0..ROUNDS {
            let mut answer = self.endpoint.send(call.message()).await?;
            while let Some(message) = answer.next().await? {
                match call.receive(message) {
                    Receipt::Pass(message) => self.tell(message),
                    Receipt::Done(message) => {
                        self.tell(message);
                        return Ok(());
                    }
                    Receipt::Asked { questions, state } => {
                        call = call.again(self.ask_client(questions).await?, state);
                        continue 'rounds;
                    }
                }
            }
            return Err(Trouble::because(Reason::CutOff { why: "the stream ended without a response".into() }));
        }
        Err(Trouble::because(Reason::Refused { said: format!("it asked {ROUNDS} times and still wants to know more") }))
    }

    async fn ask_client(&self, questions: Vec<Question>) -> Result<Map<String, Value>, Trouble> {
        let mut answers = Map::new();
        for question in questions {
            let (sender, reply) = oneshot::channel();
            let id = {
                let mut asked = self.asked();
                asked.last += 1;
                let id = json!(format!("homelabctl-{}", asked.last));
                asked.waiting.insert(id.to_string(), sender);
                id
            };
            self.tell(json!({ "jsonrpc": "2.0", "id": id, "method": question.method, "params": question.params }));
            let reply = reply.await.unwrap_or_default();
            let Some(answer) = reply.get("result") else {
                let said = reply["error"]["message"].as_str().unwrap_or("no answer");
                return Err(Trouble::because(Reason::Refused {
                    said: format!("the client could not answer its question: {said}"),
                }));
            };
            answers.insert(question.key, answer.clone());
        }
        Ok(answers)
    }

    async fn introduce(self, introduction: Introduction) {
        match self.discover(&introduction).await {
            Ok(discovered) => self.tell(introduction.answer(&discovered)),
            Err(trouble) if trouble.may_pass() => {
                tracing::warn!("{trouble}; going on without the server until it is back");
                self.tell(introduction.answer_without_server());
                self.wait_for_server(&introduction).await;
            }
            Err(trouble) => {
                tracing::error!("{trouble}");
                self.tell(trouble.answer(introduction.id()));
            }
        }
    }

    async fn discover(&self, introduction: &Introduction) -> Result<Value, Trouble> {
        let asked = async {
            let answer = self.endpoint.send(introduction.question()).await?.last().await?;
            mcp::judge(&answer).cloned()
        };
        tokio::time::timeout(INTRODUCTION, asked).await.unwrap_or(Err(Trouble::because(Reason::TimedOut)))
    }

    /// Tells the client to list again as soon as there is something to list.
    async fn wait_for_server(&self, introduction: &Introduction) {
        let mut pause = Duration::from_secs(1);
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(15));
            match self.discover(introduction).await {
                Ok(_) => break,
                Err(trouble) => tracing::debug!("still away: {trouble}"),
            }
        }
        tracing::info!("the server is back");
        lists_changed().into_iter().for_each(|change| self.tell(change));
    }
}
