/*
 * The transports alone, to know what the runtimes add: 32 bytes to and fro, blocking, as a
 * runtime without any cost of its own would do it.
 *
 *   bench_raw server pipe|tcp ENDPOINT               prints READY, serves one client
 *   bench_raw client pipe|tcp ENDPOINT MILLISECONDS  prints "raw microseconds" of a round trip
 */
#include <winsock2.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "measure.h"

#define MESSAGE 32

struct channel {
  HANDLE pipe;
  SOCKET socket;
};

static void give_up(const char *what)
{
  printf("FAILED %s %lu\n", what, GetLastError());
  exit(1);
}

static bool send_message(struct channel *channel, char *data)
{
  DWORD count = 0;
  if (channel->pipe)
    return WriteFile(channel->pipe, data, MESSAGE, &count, NULL) && count == MESSAGE;
  return send(channel->socket, data, MESSAGE, 0) == MESSAGE;
}

static bool receive_message(struct channel *channel, char *data)
{
  for (int have = 0; have < MESSAGE;) {
    DWORD count = 0;
    if (channel->pipe) {
      if (!ReadFile(channel->pipe, data + have, MESSAGE - have, &count, NULL) || !count)
        return false;
    } else {
      int received = recv(channel->socket, data + have, MESSAGE - have, 0);
      if (received <= 0)
        return false;
      count = received;
    }
    have += count;
  }
  return true;
}

static void make_socket(struct channel *channel)
{
  WSADATA data;
  BOOL yes = TRUE;
  if (WSAStartup(MAKEWORD(2, 2), &data))
    give_up("WSAStartup");
  channel->socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  setsockopt(channel->socket, IPPROTO_TCP, TCP_NODELAY, (char *)&yes, sizeof(yes));
}

static struct sockaddr_in loopback(const char *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void accept_pipe(struct channel *channel, const char *endpoint)
{
  char name[128];
  snprintf(name, sizeof(name), "\\\\.\\pipe\\%s", endpoint);
  channel->pipe =
      CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, NULL);
  if (channel->pipe == INVALID_HANDLE_VALUE)
    give_up("CreateNamedPipe");
  printf("READY\n");
  fflush(stdout);
  if (!ConnectNamedPipe(channel->pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
    give_up("ConnectNamedPipe");
}

static void accept_socket(struct channel *channel, const char *endpoint)
{
  struct sockaddr_in address = loopback(endpoint);
  BOOL yes = TRUE;
  make_socket(channel);
  SOCKET listener = channel->socket;
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1))
    give_up("listen");
  printf("READY\n");
  fflush(stdout);
  channel->socket = accept(listener, NULL, NULL);
  setsockopt(channel->socket, IPPROTO_TCP, TCP_NODELAY, (char *)&yes, sizeof(yes));
}

static void connect_to(struct channel *channel, bool pipe, const char *endpoint)
{
  if (pipe) {
    char name[128];
    snprintf(name, sizeof(name), "\\\\.\\pipe\\%s", endpoint);
    channel->pipe =
        CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (channel->pipe == INVALID_HANDLE_VALUE)
      give_up("CreateFile");
    return;
  }
  struct sockaddr_in address = loopback(endpoint);
  make_socket(channel);
  if (connect(channel->socket, (struct sockaddr *)&address, sizeof(address)))
    give_up("connect");
}

static double ping(struct channel *channel, double milliseconds)
{
  char data[MESSAGE] = {0};
  int count = 0;
  double start = 0, end = 0;
  for (int i = -50; end - start < milliseconds * 1000; i++) {
    if (i == 0)
      start = now_us();
    if (!send_message(channel, data) || !receive_message(channel, data))
      give_up("ping");
    if (i >= 0) {
      count++;
      end = now_us();
    }
  }
  return (end - start) / count;
}

int main(int argc, char **argv)
{
  struct channel channel = {NULL, INVALID_SOCKET};
  char data[MESSAGE];
  if (argc < 4)
    return 2;
  bool pipe = !strcmp(argv[2], "pipe");
  if (!strcmp(argv[1], "client") && argc == 5) {
    connect_to(&channel, pipe, argv[3]);
    printf("raw %.2f\n", ping(&channel, atof(argv[4])));
    return 0;
  }
  if (pipe)
    accept_pipe(&channel, argv[3]);
  else
    accept_socket(&channel, argv[3]);
  while (receive_message(&channel, data) && send_message(&channel, data))
    ;
  return 0;
}
